// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/ledger_command.h"

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "audiodl/database_settings.h"
#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "audiodl/sql_database.h"
#include "common/base/dates.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/ledger/periods.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShown = 1024;

struct Column {
  const char* name;
  bool is_number;
};

using Columns = std::vector<Column>;

// Of one title in one period. A download is a chunk that a customer was given to its last byte.
const Columns kTitleColumns = {{"period", false},  {"book", false},     {"downloads", true},
                               {"repeated", true}, {"customers", true}, {"bytes", true}};
const Columns kCustomerColumns = {{"completed_at", false}, {"customer", false}, {"book", false},
                                  {"chunk", false},        {"nth", true},       {"bytes", true}};

struct Order {
  std::vector<Period> periods;
  std::optional<std::string> book;
  std::optional<std::string> customer;
  bool json = false;
  bool csv = false;
};

// One form of all that is printed.
class Table {
 public:
  Table(const Columns& columns, const Order& order, std::ostream& out)
      : columns_(columns), order_(order), out_(out) {
    if (order.csv) Print(Names(), ",");
  }

  void Add(const std::vector<std::string>& values) {
    ++rows_;
    if (order_.json) return AddJson(values);
    if (order_.csv) return Print(values, ",");
    if (rows_ == 1) Print(Names(), "  ");
    Print(values, "  ");
  }

  bool is_empty() const { return rows_ == 0; }

 private:
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.emplace_back(column.name);
    return names;
  }

  void AddJson(const std::vector<std::string>& values) {
    JsonObject object;
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].is_number ? object.AddRaw(columns_[i].name, values[i])
                            : object.Add(columns_[i].name, values[i]);
    }
    out_ << object.Text() << "\n";
  }

  // RFC 4180. What a spreadsheet would take for a formula is told to be text.
  static std::string Quoted(const std::string& value) {
    std::string quoted = "\"";
    if (!value.empty() && std::string_view("=+-@").find(value[0]) != std::string_view::npos) {
      quoted += '\'';
    }
    for (const char c : value) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
  }

  void Print(const std::vector<std::string>& values, const char* between) {
    for (size_t i = 0; i < values.size(); ++i) {
      out_ << (i == 0 ? "" : between);
      out_ << (order_.csv && !columns_[i].is_number ? Quoted(values[i])
                                                    : Printable(values[i], kMaxShown));
    }
    out_ << (order_.csv ? "\r\n" : "\n");
  }

  const Columns& columns_;
  const Order& order_;
  std::ostream& out_;
  size_t rows_ = 0;
};

// The numbers are ours, so they may stand in the statement; names are bound.
std::string Within(const TimeSpan& span) {
  return " WHERE completed_at >= " + std::to_string(span.from.time_since_epoch().count()) +
         " AND completed_at < " + std::to_string(span.to.time_since_epoch().count());
}

struct Question {
  std::string where;
  std::vector<std::string> values;

  void And(const char* column, const std::optional<std::string>& value) {
    if (!value) return;
    where += std::string(" AND ") + column + " = %s";
    values.push_back(*value);
  }
};

Question About(const Order& order, const TimeSpan& span) {
  Question question{.where = Within(span), .values = {}};
  question.And("book", order.book);
  question.And("customer", order.customer);
  return question;
}

Status TellTitles(SqlDatabase& database, const Order& order, Table& table) {
  for (const Period& period : order.periods) {
    const Question question = About(order, period.span);
    const auto rows = database.Select(
        "SELECT book, COUNT(*), SUM(CASE WHEN nth > 1 THEN 1 ELSE 0 END), "
        "COUNT(DISTINCT customer), SUM(size) FROM audiodl_completions" +
            question.where + " GROUP BY book ORDER BY book",
        question.values);
    if (!rows.ok()) return rows.status();
    for (const SqlDatabase::Row& row : *rows) {
      table.Add({period.name, row[0].value_or(""), row[1].value_or("0"), row[2].value_or("0"),
                 row[3].value_or("0"), row[4].value_or("0")});
    }
  }
  return Status::Ok();
}

std::string Time(const std::string& seconds) {
  const std::optional<uint64_t> number = ParseDecimal(seconds);
  if (!number) return "unknown";
  return FormatIsoDate(std::chrono::system_clock::time_point(std::chrono::seconds(*number)));
}

Status TellCustomer(SqlDatabase& database, const Order& order, Table& table) {
  for (const Period& period : order.periods) {
    const Question question = About(order, period.span);
    const auto rows = database.Select(
        "SELECT completed_at, customer, book, chunk, nth, size FROM audiodl_completions" +
            question.where + " ORDER BY completed_at, book, chunk",
        question.values);
    if (!rows.ok()) return rows.status();
    for (const SqlDatabase::Row& row : *rows) {
      table.Add({Time(row[0].value_or("")), row[1].value_or(""), row[2].value_or(""),
                 row[3].value_or(""), row[4].value_or("0"), row[5].value_or("0")});
    }
  }
  return Status::Ok();
}

Result<TimeSpan> SpanOf(const Options& options) {
  const auto from = options.Value("--from");
  const auto to = options.Value("--to");
  if (const auto period = options.Value("--period")) {
    if (from || to) return Status::Invalid("--period excludes --from and --to");
    return ParsePeriod(*period);
  }
  TimeSpan span;
  // Until the end of this second.
  span.to = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
            std::chrono::seconds(1);
  for (const auto& [text, moment] : {std::pair{&from, &span.from}, std::pair{&to, &span.to}}) {
    if (!*text) continue;
    const Result<std::chrono::sys_seconds> parsed = ParseBeginning(**text);
    if (!parsed.ok()) return parsed.status();
    *moment = *parsed;
  }
  return span;
}

// Without a beginning and a length all months since 1970 would be asked for.
Result<PeriodLength> LengthOf(const Options& options) {
  if (const auto by = options.Value("--by")) return ParsePeriodLength(*by);
  const bool has_beginning = options.Value("--from") || options.Value("--period");
  return has_beginning && !options.Value("--customer") ? PeriodLength::kMonth : PeriodLength::kAll;
}

Result<Order> OrderOf(const Options& options) {
  if (!options.operands().empty()) return Status::Invalid("it takes no operands");
  if (options.Has("--json") && options.Has("--csv")) {
    return Status::Invalid("--json and --csv exclude each other");
  }
  const Result<TimeSpan> span = SpanOf(options);
  if (!span.ok()) return span.status();
  const Result<PeriodLength> length = LengthOf(options);
  if (!length.ok()) return Status::Invalid("--by: " + length.status().text());
  Result<std::vector<Period>> periods = PeriodsIn(*span, *length);
  if (!periods.ok()) return periods.status();
  Order order;
  order.periods = std::move(periods).value();
  order.book = options.Value("--book");
  order.customer = options.Value("--customer");
  order.json = options.Has("--json");
  order.csv = options.Has("--csv");
  return order;
}

ExitCode RunLedger(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments,
      {.flags = {"--json", "--csv"},
       .values = {"--from", "--to", "--period", "--by", "--book", "--customer", "--database"}});
  if (!options.ok()) return Refuse(kLedgerCommand, options.status(), console);
  const Result<Order> order = OrderOf(*options);
  if (!order.ok()) return UsageError(kLedgerCommand, order.status().text(), console);
  const Result<DatabaseSettings> settings =
      DatabaseSettings::Read(options->Value("--database").value_or(DatabaseSettings::kDefaultPath));
  if (!settings.ok()) return Complain(kLedgerCommand, settings.status(), console);
  Result<SqlDatabase> database = SqlDatabase::Open(*settings);
  if (!database.ok()) return Complain(kLedgerCommand, database.status(), console);
  Table table(order->customer ? kCustomerColumns : kTitleColumns, *order, console.out);
  const Status told = order->customer ? TellCustomer(*database, *order, table)
                                      : TellTitles(*database, *order, table);
  if (!told.ok()) return Complain(kLedgerCommand, told, console);
  if (!table.is_empty()) return kDone;
  console.err << "audiodl ledger: nothing was completed in that time\n";
  return kNegative;
}

}  // namespace

const Command kLedgerCommand = {
    .name = "ledger",
    .arguments = "[OPTION]...",
    .summary = "tell how often each title was downloaded to its end, for royalties",
    .help =
        "A download is a chunk of which a customer was given every byte, however many "
        "connections,\n"
        "days and servers that took; repeated ones are again by the same customer, after\n"
        "AudioLedgerWindow. Times are in UTC.\n"
        "\n"
        "  --period PERIOD    one year, month or day: 2026, 2026-11, 2026-11-27\n"
        "  --from TIME        from then on: one of those, or 2026-11-27T06:00:00Z\n"
        "  --to TIME          and not any more then; now, without it\n"
        "  --by LENGTH        a row for each day, month, year, or all; months with a beginning\n"
        "  --book BOOK        of that book only\n"
        "  --customer NAME    each download of that customer\n"
        "  --csv              for spreadsheets (RFC 4180)\n"
        "  --json             one JSON object a line\n"
        "  --database FILE    where the database is; the default is /etc/audiodl/database\n"
        "\n"
        "  audiodl ledger --period 2026-11 --csv > royalties.csv\n",
    .run = RunLedger,
};

}  // namespace audiodl
