// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/revoke_command.h"

#include <chrono>
#include <ctime>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "audiodl/sql_database.h"
#include "common/base/dates.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/cache/chunk_name.h"
#include "common/link/signed_link.h"
#include "common/session/customer_name.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShown = 1024;
constexpr size_t kMaxReasonBytes = 255;

// What the command line asks for.
struct Order {
  std::optional<std::string> customer;
  std::optional<std::string> book;    // none: all books
  std::optional<std::string> device;  // one device's links; all books
  std::optional<std::string> reason;
  bool lift = false;
  bool list = false;
  bool dry = false;
  bool json = false;
};

// The revocations in force that the order is about, as an SQL condition and its values.
struct Selection {
  std::string where = " WHERE lifted_at IS NULL";
  std::vector<std::string> values;

  void And(const char* column, const std::optional<std::string>& value) {
    if (!value) return;
    where += std::string(" AND ") + column + " = %s";
    values.push_back(*value);
  }
};

Selection Named(const Order& order) {
  Selection selection;
  selection.And("customer", order.customer);
  selection.And("book", order.book);
  selection.And("device", order.device);
  return selection;
}

// As Named(), but rights and devices are apart: who gets a book back gets no lost phone back.
Selection Exactly(const Order& order) {
  Selection selection = Named(order);
  if (!order.device) selection.where += " AND device IS NULL";
  return selection;
}

std::string Text(std::string_view words) { return Printable(words, kMaxShown); }

// "fantasy/dune", "all books" or "device phone"
std::string What(const std::optional<std::string>& book, const std::optional<std::string>& device,
                 const char* before_book = "") {
  if (device) return "device " + Text(*device);
  return book ? before_book + Text(*book) : std::string("all books");
}

std::string Subject(const Order& order) {
  return "customer " + Text(*order.customer) + ", " + What(order.book, order.device, "book ");
}

std::string Time(const std::optional<std::string>& seconds) {
  const std::optional<uint64_t> number = ParseDecimal(seconds.value_or(""));
  if (!number) return "unknown";
  return FormatIsoDate(std::chrono::system_clock::time_point(std::chrono::seconds(*number)));
}

Status CheckOrder(const Order& order) {
  if (order.list && (order.lift || order.dry || order.reason)) {
    return Status::Invalid(
        "--list changes nothing and takes only --customer, --book, --device and --json");
  }
  if (!order.list && !order.customer) return Status::Invalid("--customer is missing");
  if (order.lift && order.reason) return Status::Invalid("--lift takes no --reason");
  if (order.customer && !IsCustomerName(*order.customer)) {
    return Status::Invalid("--customer: no customer can be called that");
  }
  if (order.reason && (order.reason->empty() || order.reason->size() > kMaxReasonBytes)) {
    return Status::Invalid("--reason: 1 to 255 bytes");
  }
  if (order.device && !IsDeviceName(*order.device)) {
    return Status::Invalid("--device: no device can be called that");
  }
  if (order.device && order.book) {
    return Status::Invalid("--device is revoked for all books: leave --book out");
  }
  if (order.book) {
    const Result<ChunkName> name = ChunkName::Parse(*order.book + "/chunk");
    if (!name.ok()) return Status::Invalid("--book: " + name.status().text());
  }
  return Status::Ok();
}

std::string NullOrText(const std::optional<std::string>& value) {
  return value ? JsonText(*value) : "null";
}

ExitCode List(SqlDatabase& database, const Order& order, const Console& console) {
  const Selection selection = Named(order);
  const auto rows = database.Select(
      "SELECT id, customer, book, device, reason, revoked_at FROM audiodl_revocations" +
          selection.where + " ORDER BY id",
      selection.values);
  if (!rows.ok()) return Complain(kRevokeCommand, rows.status(), console);
  for (const SqlDatabase::Row& row : *rows) {
    if (order.json) {
      console.out << JsonObject()
                         .AddRaw("id", row[0].value_or("0"))
                         .AddRaw("customer", NullOrText(row[1]))
                         .AddRaw("book", NullOrText(row[2]))
                         .AddRaw("device", NullOrText(row[3]))
                         .AddRaw("reason", NullOrText(row[4]))
                         .Add("revoked_at", Time(row[5]))
                         .Text()
                  << "\n";
      continue;
    }
    console.out << Time(row[5]) << "  " << Text(row[1].value_or("")) << "  " << What(row[2], row[3])
                << (row[4] ? "  (" + Text(*row[4]) + ")" : std::string()) << "\n";
  }
  if (!rows->empty()) return kDone;
  console.err << "audiodl revoke: nothing is revoked\n";
  return kNegative;
}

// "revoked", "lifted" and so on, and how many rows that concerned.
void Say(const char* done, uint64_t count, const Order& order, const Console& console) {
  if (order.json) {
    console.out << JsonObject()
                       .Add("result", done)
                       .AddRaw("customer", NullOrText(order.customer))
                       .AddRaw("book", NullOrText(order.book))
                       .AddRaw("device", NullOrText(order.device))
                       .Add("count", count)
                       .Add("dry_run", order.dry)
                       .Text()
                << "\n";
    return;
  }
  console.out << (order.dry && count > 0 ? "would be " : "") << done << ": " << Subject(order)
              << "\n";
}

Result<uint64_t> Count(SqlDatabase& database, const Selection& selection) {
  const auto rows =
      database.Select("SELECT id FROM audiodl_revocations" + selection.where, selection.values);
  if (!rows.ok()) return rows.status();
  return rows->size();
}

ExitCode Lift(SqlDatabase& database, const Order& order, const Console& console) {
  Selection selection = Exactly(order);
  Result<uint64_t> lifted = Count(database, selection);
  if (lifted.ok() && !order.dry) {
    selection.values.insert(selection.values.begin(), std::to_string(std::time(nullptr)));
    lifted = database.Execute("UPDATE audiodl_revocations SET lifted_at = %s" + selection.where,
                              selection.values);
  }
  if (!lifted.ok()) return Complain(kRevokeCommand, lifted.status(), console);
  if (*lifted > 0) {
    Say("lifted", *lifted, order, console);
    return kDone;
  }
  console.err << "audiodl revoke: nothing to lift for " << Subject(order)
              << (order.book ? "; a revocation of all books is lifted without --book" : "") << "\n";
  return kNegative;
}

Status Insert(SqlDatabase& database, const Order& order) {
  std::vector<std::string> values = {*order.customer};
  const auto place = [&values](const std::optional<std::string>& value) {
    if (value) values.push_back(*value);
    return value ? "%s, " : "NULL, ";
  };
  std::string statement =
      "INSERT INTO audiodl_revocations (customer, book, device, reason, revoked_at) VALUES (%s, ";
  statement += place(order.book);
  statement += place(order.device);
  statement += place(order.reason);
  values.push_back(std::to_string(std::time(nullptr)));
  return database.Execute(statement + "%s)", values).status();
}

ExitCode Revoke(SqlDatabase& database, const Order& order, const Console& console) {
  Selection same = Exactly(order);
  if (!order.book) same.where += " AND book IS NULL";
  const Result<uint64_t> known = Count(database, same);
  if (!known.ok()) return Complain(kRevokeCommand, known.status(), console);
  const bool is_new = *known == 0;
  if (is_new && !order.dry) {
    const Status status = Insert(database, order);
    if (!status.ok()) return Complain(kRevokeCommand, status, console);
  }
  Say(is_new ? "revoked" : "revoked already", is_new ? 1 : 0, order, console);
  return kDone;
}

ExitCode Run(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"--lift", "--list", "-n", "--json"},
                  .values = {"--customer", "--book", "--device", "--reason", "--database"}});
  if (!options.ok()) return Refuse(kRevokeCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kRevokeCommand, "there are words without an option", console);
  }
  const Order order = {.customer = options->Value("--customer"),
                       .book = options->Value("--book"),
                       .device = options->Value("--device"),
                       .reason = options->Value("--reason"),
                       .lift = options->Has("--lift"),
                       .list = options->Has("--list"),
                       .dry = options->Has("-n"),
                       .json = options->Has("--json")};
  if (Status status = CheckOrder(order); !status.ok()) {
    return UsageError(kRevokeCommand, status.text(), console);
  }
  const Result<DatabaseSettings> settings =
      DatabaseSettings::Read(options->Value("--database").value_or(DatabaseSettings::kDefaultPath));
  if (!settings.ok()) return Complain(kRevokeCommand, settings.status(), console);
  Result<SqlDatabase> database = SqlDatabase::Open(*settings);
  if (!database.ok()) return Complain(kRevokeCommand, database.status(), console);
  if (order.list) return List(*database, order, console);
  return order.lift ? Lift(*database, order, console) : Revoke(*database, order, console);
}

}  // namespace

const Command kRevokeCommand = {
    .name = "revoke",
    .arguments =
        "[--database FILE] --customer CUSTOMER [--book BOOK | --device NAME] [--reason TEXT]\n"
        "                    | --lift --customer CUSTOMER [--book BOOK | --device NAME] | --list",
    .summary = "take a customer's right to a book, or to all, or a device away on every server",
    .help =
        "Every server with AudioRevocations On obeys within five seconds, whatever sessions, "
        "caches\n"
        "and signed links say. It holds until it is lifted.\n"
        "\n"
        "  --customer CUSTOMER  as AudioCustomerKey finds it in the session\n"
        "  --book BOOK          this book only; without it: all books\n"
        "  --device NAME        instead, the signed links and feeds of this device only; a new\n"
        "                       device needs a new name\n"
        "  --reason TEXT        kept with it, for people\n"
        "  --lift               ends what was revoked: that book's, that device's, or without\n"
        "                       either everything but devices\n"
        "  --list               shows what is revoked now\n"
        "  -n                   changes nothing, and says what it would do\n"
        "  --json               answers in JSON, one object a line\n"
        "  --database FILE      where DBDriver and DBDParams stand, as in httpd's configuration, "
        "for\n"
        "                       an account that may write the table audiodl_revocations (see\n"
        "                       schema.sql); the default is /etc/audiodl/database\n",
    .run = Run,
};

}  // namespace audiodl
