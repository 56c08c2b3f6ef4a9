// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// AudioLoginURL: where a browser without a session is sent, and how it finds its way back.
//
//   const LoginUrl login = LoginUrl::Parse("https://www.example.org/login?next=%{return}").value();
//   login.For("/download/b/01.mp3", "x=1")
//     -> https://www.example.org/login?next=%2Fdownload%2Fb%2F01.mp3%3Fx%3D1
//
// Only a path on our own server and its query ever stand there, so the shop may go back to it
// unchecked: it begins with exactly one slash, and no signed link is handed on. Immutable; any
// thread.

#ifndef AUDIODL_COMMON_ANSWER_LOGIN_URL_H_
#define AUDIODL_COMMON_ANSWER_LOGIN_URL_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

class LoginUrl {
 public:
  // An https:// or http:// URL, or a path on the same server; %{return} at most once. kInvalid for
  // all else, blanks and control characters included.
  static Result<LoginUrl> Parse(std::string_view text);

  // `path` is decoded and normalised, `query` as the client sent it. A way back of more than 2,048
  // bytes is left out ("/" in its place).
  std::string For(std::string_view path, std::string_view query) const;

 private:
  LoginUrl() = default;

  std::string before_;
  std::string after_;
  bool has_return_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ANSWER_LOGIN_URL_H_
