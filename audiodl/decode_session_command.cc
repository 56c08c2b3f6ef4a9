// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/decode_session_command.h"

#include <istream>
#include <ostream>

#include "audiodl/input.h"
#include "audiodl/options.h"
#include "audiodl/session_batch.h"
#include "common/session/php_session.h"

namespace audiodl {
namespace {

struct Request {
  PhpSessionReader reader;
  std::string path;
  bool json = false;
  bool batch = false;
};

Result<Request> ParseRequest(const std::vector<std::string>& arguments) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"--json", "--batch"}, .values = {"--format", "--key"}});
  if (!options.ok()) return options.status();
  const Result<SessionFormat> format =
      ParseSessionFormat(options->Value("--format").value_or("php"));
  if (!format.ok()) return format.status();
  const std::string key = options->Value("--key").value_or("");
  if (key.empty()) return Status::Invalid("--key must say where the customer is in the session");
  if (options->operands().size() > 1) return Status::Invalid("more than one file is given");
  const std::string path = options->operands().empty() ? "-" : options->operands().front();
  return Request{PhpSessionReader(*format, key), path, options->Has("--json"),
                 options->Has("--batch")};
}

void Complain(std::string_view path, const Status& status, const Console& console) {
  console.err << "audiodl decode-session: " << (path == "-" ? "standard input" : path) << ": "
              << status.text() << "\n";
}

// Shells, editors and database clients end a text with a newline; PHP never does.
void HintAtNewline(const std::string& session, const Console& console) {
  if (!session.ends_with('\n')) return;
  console.err << "audiodl decode-session: the input ends with a newline, which no session does; "
                 "SELECT HEX(data) and xxd -r -p bring a session out of a database unchanged\n";
}

ExitCode DecodeOne(const Request& request, std::istream& in, const Console& console) {
  const std::string session = ReadUpTo(in, PhpSessionReader::kMaxBytes + 1);
  const Result<std::string> customer = request.reader.Read(session);
  if (request.json) console.out << SessionAnswer(customer) << "\n";
  if (customer.ok()) {
    if (!request.json) console.out << *customer << "\n";
    return kDone;
  }
  if (!request.json) {
    Complain(request.path, customer.status(), console);
    if (customer.status().code() == Code::kInvalid) HintAtNewline(session, console);
  }
  return kNegative;
}

ExitCode RunDecodeSession(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Request> request = ParseRequest(arguments);
  if (!request.ok()) return UsageError(kDecodeSession, request.status().text(), console);
  ExitCode code = kDone;
  const Status status = WithInput(request->path, console.in, [&](std::istream& in) {
    if (request->batch) return DecodeBatch(request->reader, in, console.out);
    code = DecodeOne(*request, in, console);
    return Status::Ok();
  });
  if (status.ok()) return code;
  Complain(request->path, status, console);
  return kTrouble;
}

}  // namespace

const Command kDecodeSession = {
    .name = "decode-session",
    .arguments = "--key PATH [--format FORMAT] [--json] [--batch] [FILE|-]",
    .summary = "print the customer whom the module sees in a PHP session",
    .help =
        "Reads the session's bytes from FILE, or from standard input.\n"
        "\n"
        "  --key PATH       where the customer is: customer_id, _sf2_attributes/user_id\n"
        "  --format FORMAT  php (the default), php_binary or php_serialize, as in PHP's\n"
        "                   session.serialize_handler\n"
        "  --json           answer {\"customer\":\"5\"} or "
        "{\"code\":\"not_found\",\"reason\":...}\n"
        "  --batch          many sessions, each after a line with its length in bytes; one\n"
        "                   JSON line for each; exit code 0 if all could be read\n"
        "\n"
        "The answer is no where the session is malformed, or names no customer.\n",
    .run = RunDecodeSession,
};

}  // namespace audiodl
