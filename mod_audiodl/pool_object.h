// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// C++ objects that live as long as an APR pool: pconf, pchild, r->pool.

#ifndef AUDIODL_MOD_AUDIODL_POOL_OBJECT_H_
#define AUDIODL_MOD_AUDIODL_POOL_OBJECT_H_

#include <apr_general.h>
#include <apr_pools.h>

#include <cstddef>
#include <new>
#include <utility>

#include "mod_audiodl/guarded.h"

namespace audiodl {

template <typename T>
apr_status_t DestroyInPool(void* object) {
  static_cast<T*>(object)->~T();
  return APR_SUCCESS;
}

// A new T in `pool`; its destructor runs when the pool is cleared. Never null: httpd ends the
// process when a pool cannot grow.
template <typename T, typename... Args>
T* NewInPool(apr_pool_t* pool, Args&&... args) {
  static_assert(alignof(T) <= alignof(void*), "apr_palloc aligns to eight bytes");
  T* object = new (apr_palloc(pool, sizeof(T))) T(std::forward<Args>(args)...);
  apr_pool_cleanup_register(pool, object, Guarded<DestroyInPool<T>, APR_EGENERAL>,
                            apr_pool_cleanup_null);
  return object;
}

// A child of `parent` that is destroyed at the end of the scope.
class ScopedPool {
 public:
  explicit ScopedPool(apr_pool_t* parent) { apr_pool_create(&pool_, parent); }
  ~ScopedPool() { apr_pool_destroy(pool_); }
  ScopedPool(const ScopedPool&) = delete;
  ScopedPool& operator=(const ScopedPool&) = delete;

  apr_pool_t* get() const { return pool_; }

 private:
  apr_pool_t* pool_ = nullptr;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_POOL_OBJECT_H_
