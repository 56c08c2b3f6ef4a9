// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/why_command.h"

#include <ostream>

#include "audiodl/error_logs.h"
#include "audiodl/input.h"
#include "audiodl/options.h"
#include "common/answer/cause.h"
#include "common/answer/support_code.h"
#include "common/base/json_text.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kWidth = 76;
constexpr size_t kMaxShown = 2000;

struct Found {
  LoggedAnswer line;
  std::string log;
};

// A paragraph under a heading, in lines that fit a terminal and a mail.
void PrintParagraph(std::string_view heading, std::string_view text, std::ostream& out) {
  out << heading << "\n";
  for (text = Trim(text); !text.empty(); text = Trim(text)) {
    size_t end = text.size();
    if (end > kWidth) {
      const size_t blank = text.rfind(' ', kWidth);
      end = std::min(blank == std::string_view::npos ? text.find(' ') : blank, text.size());
    }
    out << "  " << text.substr(0, end) << "\n";
    text.remove_prefix(end);
  }
}

void PrintField(std::string_view name, const std::string& value, std::ostream& out) {
  if (!value.empty()) out << name << Printable(value, kMaxShown) << "\n";
}

JsonObject CauseObject(const CauseInfo& cause) {
  return JsonObject()
      .Add("cause", cause.name)
      .Add("status", static_cast<uint64_t>(cause.status))
      .Add("retry_after", static_cast<uint64_t>(cause.retry_after))
      .Add("meaning", cause.meaning)
      .Add("next", cause.next_step);
}

void PrintCause(const CauseInfo& cause, bool json, std::ostream& out) {
  if (json) {
    out << CauseObject(cause).Text() << "\n";
    return;
  }
  out << cause.name << " (" << cause.status << ")\n";
  PrintParagraph("What it means:", cause.meaning, out);
  PrintParagraph("What to do:", cause.next_step, out);
}

void PrintFound(const Found& found, const CauseInfo& cause, bool json, std::ostream& out) {
  const AnswerLine& answer = found.line.answer;
  if (json) {
    out << JsonObject()
               .Add("code", answer.code)
               .Add("cause", cause.name)
               .Add("status", static_cast<uint64_t>(answer.status))
               .Add("time", found.line.time)
               .Add("customer", answer.customer)
               .Add("book", answer.book)
               .Add("chunk", answer.chunk)
               .Add("detail", answer.detail)
               .Add("meaning", cause.meaning)
               .Add("next", cause.next_step)
               .Add("log", found.log)
               .Text()
        << "\n";
    return;
  }
  out << answer.code << ": " << cause.name << " (" << answer.status << ")\n";
  PrintField("  when      ", found.line.time, out);
  PrintField("  customer  ", answer.customer, out);
  PrintField("  book      ", answer.book, out);
  PrintField("  chunk     ", answer.chunk, out);
  PrintField("  log       ", found.log, out);
  PrintParagraph("What happened:", cause.meaning, out);
  PrintParagraph("In detail:", Printable(answer.detail, kMaxShown), out);
  PrintParagraph("What to do:", cause.next_step, out);
}

ExitCode List(bool json, std::ostream& out) {
  for (const CauseInfo& cause : AllCauses()) {
    PrintCause(cause, json, out);
    if (!json) out << "\n";
  }
  return kDone;
}

class Search {
 public:
  Search(std::string code, const Options& options) : code_(std::move(code)) {
    const std::vector<std::string> given = options.List("--log");
    if (given.empty()) {
      logs_ = ErrorLogs::Usual();
    } else {
      logs_.files = given;
    }
  }

  std::optional<Found> Run(const Console& console) {
    for (const std::string& file : logs_.files) {
      std::optional<LoggedAnswer> line;
      const Status status = WithInput(file, console.in, [&](std::istream& log) {
        line = FindAnswer(log, code_);
        return Status::Ok();
      });
      if (line) return Found{std::move(*line), file == "-" ? "standard input" : file};
      if (status.ok()) continue;
      unreadable_ = true;
      console.err << "audiodl why: " << file << ": " << status.text() << "\n";
    }
    return std::nullopt;
  }

  // What the search did not see, and what helps.
  ExitCode Explain(const Console& console) const {
    console.err << "audiodl why: " << code_ << " is in none of " << logs_.files.size()
                << " error logs of this server. Look at the server that answered (each has its own "
                   "log), name the log with --log where ErrorLog says another file, and mind that "
                   "LogLevel must be warn or finer\n";
    if (!logs_.compressed.empty()) {
      console.err << "audiodl why: " << logs_.compressed.size()
                  << " compressed logs were not read: zcat " << logs_.compressed.front()
                  << " | audiodl why " << code_ << " --log -\n";
    }
    return unreadable_ ? kTrouble : kNegative;
  }

 private:
  std::string code_;
  ErrorLogs logs_;
  bool unreadable_ = false;
};

ExitCode ExplainCode(const std::string& code, const Options& options, const Console& console) {
  Search search(code, options);
  const std::optional<Found> found = search.Run(console);
  if (!found) return search.Explain(console);
  const CauseInfo* cause = FindCause(found->line.answer.cause);
  if (cause == nullptr) {
    console.err << "audiodl why: the log has the cause \"" << Printable(found->line.answer.cause)
                << "\", which this version does not know: is the module newer than the command?\n";
    return kTrouble;
  }
  PrintFound(*found, *cause, options.Has("--json"), console.out);
  return kDone;
}

ExitCode RunWhy(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"--json", "--list"}, .values = {}, .lists = {"--log"}});
  if (!options.ok()) return Refuse(kWhyCommand, options.status(), console);
  const size_t wanted = options->Has("--list") ? 0 : 1;
  if (options->operands().size() != wanted) {
    return UsageError(kWhyCommand, "takes one code or cause, or --list", console);
  }
  if (wanted == 0) return List(options->Has("--json"), console.out);
  const std::string& word = options->operands().front();
  if (const CauseInfo* cause = FindCause(word)) {
    PrintCause(*cause, options->Has("--json"), console.out);
    return kDone;
  }
  const std::optional<std::string> code = ReadSupportCode(word);
  if (code) return ExplainCode(*code, *options, console);
  return UsageError(kWhyCommand,
                    "\"" + Printable(word, 40) +
                        "\" is neither a code (ten letters and digits, as "
                        "7Q4MZ0K9XA) nor a cause (see --list)",
                    console);
}

}  // namespace

const Command kWhyCommand = {
    .name = "why",
    .arguments = "CODE|CAUSE|--list [--log FILE]... [--json]",
    .summary = "explain the code on an error page: what happened and what to do",
    .help =
        "Finds the line that the code has in httpd's error log, and says in plain words what it\n"
        "means. A code may be typed as it is read out: small letters, hyphens, O for 0.\n"
        "\n"
        "  --list      print all causes there are, with what they mean\n"
        "  --log FILE  look in this file, or in standard input for '-'; may be given again;\n"
        "              the default is every error log in /var/log/apache2 and /var/log/httpd\n"
        "  --json      answer with one JSON object a line\n"
        "\n"
        "Compressed logs are not read: pipe them in. The answer is no where no log has the code.\n",
    .run = RunWhy,
};

}  // namespace audiodl
