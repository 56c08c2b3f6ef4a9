// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/link/signed_link.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/base/text.h"
#include "common/cache/chunk_name.h"
#include "common/link/base64url.h"
#include "common/s3/uri.h"
#include "common/session/customer_name.h"

namespace audiodl {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr int64_t kMaxExpiry = 9'000'000'000;  // beyond, nanoseconds would overflow
constexpr size_t kMaxDeviceBytes = 64;
constexpr std::array<std::string_view, 5> kNames = {"alc", "alx", "alk", "als", "ald"};
enum Parameter : unsigned char { kCustomer, kExpires, kKeyId, kSignature, kDevice };

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// What stands percent-encoded; an escape that is none stays. Whether the text was written as
// UriEncode() would have is for the caller to see, by encoding again.
std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && text.size() - i > 2 && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    decoded +=
        escape ? static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

std::string_view TakeParameter(std::string_view& rest) {
  const size_t end = std::min(rest.find('&'), rest.size());
  const std::string_view parameter = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return parameter;
}

// Which of ours a parameter is, however it spells its name: ALC, %61lc and alc[] are alc to some
// reader or other.
std::optional<size_t> OurIndex(std::string_view parameter) {
  std::string name = PercentDecoded(parameter.substr(0, parameter.find('=')));
  name.resize(std::min(name.find('['), name.size()));
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (EqualsIgnoreCase(Trim(name), kNames[i])) return i;
  }
  return std::nullopt;
}

struct Fields {
  std::array<std::optional<std::string_view>, kNames.size()> values;  // as written; into the query
  bool any = false;
  std::string_view fault;  // empty: none so far

  void Take(std::string_view parameter, size_t index) {
    any = true;
    const std::string_view name = kNames[index];
    const bool exact =
        parameter.starts_with(name) && parameter.substr(name.size()).starts_with('=');
    if (!exact) {
      fault = "a parameter's name is written in another way";
    } else if (values[index]) {
      fault = "a parameter stands there twice";
    } else {
      values[index] = parameter.substr(name.size() + 1);
    }
  }
};

Fields FieldsOf(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    const std::string_view parameter = TakeParameter(query);
    if (const std::optional<size_t> index = OurIndex(parameter)) fields.Take(parameter, *index);
  }
  for (const Parameter needed : {kCustomer, kExpires, kKeyId, kSignature}) {
    if (!fields.values[needed] && fields.fault.empty()) fields.fault = "a parameter is missing";
  }
  return fields;
}

std::optional<std::string> CanonicallyDecoded(std::string_view value) {
  std::string decoded = PercentDecoded(value);
  if (UriEncode(decoded, Slash::kEncode) != value) return std::nullopt;
  return decoded;
}

std::optional<sys_seconds> ExpiryOf(std::string_view value) {
  const std::optional<uint64_t> number = ParseDecimal(value);
  if (!number || *number > kMaxExpiry || std::to_string(*number) != value) return std::nullopt;
  return sys_seconds(seconds(static_cast<int64_t>(*number)));
}

std::string Signature(const LinkClaims& claims, const LinkKey& key) {
  std::string text = claims.device.empty() ? "audiodl-link-1\n" : "audiodl-link-2\n";
  text += key.id + "\n" + claims.customer + "\n" + claims.book + "\n" +
          std::to_string(claims.expires.time_since_epoch().count());
  if (!claims.device.empty()) text += "\n" + claims.device;
  return Base64UrlText(HmacSha256(key.secret, text));
}

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

LinkCheck Invalid(std::string_view why) { return {LinkVerdict::kInvalid, "", std::string(why)}; }

LinkCheck Expired(const LinkClaims& claims, const std::string& why) {
  return {LinkVerdict::kExpired, claims.customer, why};
}

Status CheckBook(const LinkClaims& claims) {
  if (claims.book.empty() && !claims.device.empty()) return Status::Ok();
  if (const auto chunk = ChunkName::Parse(claims.book + "/x"); !chunk.ok()) {
    return Status::Invalid("the book cannot be one: " + chunk.status().text());
  }
  return Status::Ok();
}

Status CheckClaims(const LinkClaims& claims) {
  if (!IsCustomerName(claims.customer)) {
    return Status::Invalid(
        "the customer must have 1 to 255 bytes of UTF-8 without control characters");
  }
  if (Status status = CheckBook(claims); !status.ok()) return status;
  if (!claims.device.empty() && !IsDeviceName(claims.device)) {
    return Status::Invalid(
        "the device must have 1 to 64 bytes of UTF-8 without control characters");
  }
  const int64_t expires = claims.expires.time_since_epoch().count();
  if (expires < 0 || expires > kMaxExpiry) return Status::Invalid("the expiry is out of range");
  return Status::Ok();
}

}  // namespace

bool IsDeviceName(std::string_view text) {
  return text.size() <= kMaxDeviceBytes && IsCustomerName(text);
}

Result<std::string> MakeLinkQuery(const LinkClaims& claims, const LinkKey& key) {
  if (Status status = CheckClaims(claims); !status.ok()) return status;
  const std::string device =
      claims.device.empty() ? "" : "&ald=" + UriEncode(claims.device, Slash::kEncode);
  return "alc=" + UriEncode(claims.customer, Slash::kEncode) + device +
         "&alx=" + std::to_string(claims.expires.time_since_epoch().count()) + "&alk=" + key.id +
         "&als=" + Signature(claims, key);
}

LinkCheck CheckLink(std::string_view query, std::string_view book, const LinkKeySet& keys,
                    sys_seconds now) {
  const Fields fields = FieldsOf(query);
  if (!fields.any) return {};
  if (!fields.fault.empty()) return Invalid(fields.fault);
  const LinkKey* key = keys.Find(*fields.values[kKeyId]);
  if (key == nullptr) return Invalid("no key here has the id that it names");
  const std::optional<std::string> customer = CanonicallyDecoded(*fields.values[kCustomer]);
  const std::optional<sys_seconds> expires = ExpiryOf(*fields.values[kExpires]);
  const auto& device_value = fields.values[kDevice];
  const std::optional<std::string> device =
      device_value ? CanonicallyDecoded(*device_value) : std::string();
  if (!customer || !expires || !device || (device_value && device->empty())) {
    return Invalid("a parameter is not written as audiodl writes it");
  }

  const LinkClaims claims{*customer, std::string(book), *expires, *device};
  if (!SameSecret(Signature(claims, *key), *fields.values[kSignature])) {
    return Invalid("the signature is not that of this customer, book, device and expiry");
  }
  // A shop that signs by itself may have signed nonsense.
  if (Status status = CheckClaims(claims); !status.ok()) return Invalid(status.text());
  if (now >= claims.expires) return Expired(claims, "it ended at " + FormatIsoDate(claims.expires));
  if (key->RetiredAt(now)) {
    return Expired(claims,
                   "its key " + key->id + " was retired at " + FormatIsoDate(*key->not_after));
  }
  return {LinkVerdict::kGood, claims.customer, "", claims.device, claims.expires, key};
}

namespace {

enum class Whose : unsigned char { kOurs, kOthers };

std::string Parameters(std::string_view query, Whose whose) {
  std::string chosen;
  while (!query.empty()) {
    const std::string_view parameter = TakeParameter(query);
    if (OurIndex(parameter).has_value() != (whose == Whose::kOurs)) continue;
    if (!chosen.empty()) chosen += '&';
    chosen += parameter;
  }
  return chosen;
}

}  // namespace

std::string WithoutLink(std::string_view query) { return Parameters(query, Whose::kOthers); }

std::string LinkAlone(std::string_view query) { return Parameters(query, Whose::kOurs); }

}  // namespace audiodl
