// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/revocation_set.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Set = RevocationSet;

struct Unmap {
  void operator()(Set* set) const { Set::Unmap(set); }
};

std::unique_ptr<Set, Unmap> NewSet() {
  Result<Set*> set = Set::Map();
  REQUIRE(set.ok());
  return std::unique_ptr<Set, Unmap>(*set);
}

TEST_CASE("RevocationSet: holds what it was given, and nothing else") {
  const auto set = NewSet();
  CHECK_FALSE(set->known());
  CHECK(set->empty());
  REQUIRE(set->Replace({Set::ForBook("42", "dune"), Set::ForAllBooks("7")}).ok());
  CHECK(set->known());
  CHECK(set->size() == 2);
  CHECK(set->Contains(Set::ForBook("42", "dune")));
  CHECK(set->Contains(Set::ForAllBooks("7")));
  CHECK_FALSE(set->Contains(Set::ForBook("42", "emma")));
  CHECK_FALSE(set->Contains(Set::ForBook("4", "2dune")));
  CHECK_FALSE(set->Contains(Set::ForAllBooks("42")));
  CHECK_FALSE(set->Contains(Set::ForBook("7", "")));
  CHECK_FALSE(set->Contains(Set::ForDevice("42", "dune")));
  CHECK_FALSE(set->Contains(Set::ForDevice("7", "")));
  REQUIRE(set->Replace({Set::ForDevice("42", "phone")}).ok());
  CHECK(set->Contains(Set::ForDevice("42", "phone")));
  CHECK_FALSE(set->Contains(Set::ForDevice("42", "car")));
  CHECK_FALSE(set->Contains(Set::ForDevice("7", "phone")));
  CHECK_FALSE(set->Contains(Set::ForBook("42", "phone")));
  CHECK_FALSE(set->Contains(Set::ForAllBooks("42")));
  REQUIRE(set->Replace({}).ok());
  CHECK(set->empty());
  CHECK_FALSE(set->Contains(Set::ForBook("42", "dune")));
}

TEST_CASE("RevocationSet: the epoch changes with the set and only then") {
  const auto set = NewSet();
  const uint64_t first = set->epoch();
  REQUIRE(set->Replace({}).ok());
  const uint64_t known = set->epoch();
  CHECK(known != first);
  REQUIRE(set->Replace({}).ok());
  CHECK(set->epoch() == known);
  REQUIRE(set->Replace({Set::ForAllBooks("7"), Set::ForAllBooks("8")}).ok());
  const uint64_t two = set->epoch();
  CHECK(two != known);
  REQUIRE(set->Replace({Set::ForAllBooks("8"), Set::ForAllBooks("7"), Set::ForAllBooks("8")}).ok());
  CHECK(set->epoch() == two);
  REQUIRE(set->Replace({Set::ForAllBooks("7"), Set::ForAllBooks("9")}).ok());
  CHECK(set->epoch() != two);
}

TEST_CASE("RevocationSet: full, each is found; one more, and nothing is known") {
  const auto set = NewSet();
  std::vector<Set::Entry> entries;
  for (size_t i = 0; i < Set::kMaxEntries; ++i) {
    entries.push_back(Set::ForBook(std::to_string(i), "book"));
  }
  REQUIRE(set->Replace(entries).ok());
  size_t found = 0;
  for (const Set::Entry& entry : entries) found += set->Contains(entry) ? 1 : 0;
  CHECK(found == entries.size());
  CHECK_FALSE(set->Contains(Set::ForBook("x", "book")));

  const uint64_t epoch = set->epoch();
  entries.push_back(Set::ForAllBooks("one more"));
  CHECK(set->Replace(entries).code() == Code::kNoSpace);
  CHECK_FALSE(set->known());
  CHECK(set->epoch() != epoch);
  entries.pop_back();
  CHECK(set->Replace(entries).ok());
  CHECK(set->known());
}

TEST_CASE("RevocationSet: what stays in it is found while it is written") {
  const auto set = NewSet();
  const Set::Entry always = Set::ForAllBooks("always");
  REQUIRE(set->Replace({always}).ok());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; i < 2000; ++i) {
      static_cast<void>(set->Replace({always, Set::ForAllBooks(std::to_string(i))}));
    }
    stop = true;
  });
  size_t missed = 0;
  do {
    missed += set->Contains(always) ? 0 : 1;
  } while (!stop);
  writer.join();
  CHECK(missed == 0);
}

}  // namespace
}  // namespace audiodl
