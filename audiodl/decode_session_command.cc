// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/decode_session_command.h"

#include <istream>
#include <ostream>

#include "audiodl/input.h"
#include "audiodl/options.h"
#include "audiodl/session_batch.h"
#include "common/session/session_preset.h"
#include "common/session/session_reader.h"

namespace audiodl {
namespace {

struct Request {
  SessionReader reader;
  std::string path;
  bool json = false;
  bool batch = false;
};

// What --preset says where --format and --key do not: as in the module's configuration.
Result<SessionReader> ParseReader(const Options& options) {
  SessionPreset preset;
  if (const auto text = options.Value("--preset")) {
    Result<SessionPreset> parsed = SessionPreset::Parse(*text);
    if (!parsed.ok()) return parsed.status();
    preset = std::move(parsed).value();
  }
  if (const auto text = options.Value("--format")) {
    Result<SessionFormat> format = SessionFormat::Parse(*text);
    if (!format.ok()) return format.status();
    preset.format = std::move(format).value();
  }
  const std::string key = options.Value("--key").value_or(preset.customer_key);
  if (preset.format.HasKeys() && key.empty()) {
    return Status::Invalid("--key must say where the customer is in the session");
  }
  return SessionReader(preset.format, key);
}

Result<Request> ParseRequest(const std::vector<std::string>& arguments) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"--json", "--batch"}, .values = {"--preset", "--format", "--key"}});
  if (!options.ok()) return options.status();
  Result<SessionReader> reader = ParseReader(*options);
  if (!reader.ok()) return reader.status();
  if (options->operands().size() > 1) return Status::Invalid("more than one file is given");
  const std::string path = options->operands().empty() ? "-" : options->operands().front();
  return Request{std::move(reader).value(), path, options->Has("--json"), options->Has("--batch")};
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
  const std::string session = ReadUpTo(in, SessionReader::kMaxColumnBytes + 1);
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
  if (!request.ok()) return Refuse(kDecodeSession, request.status(), console);
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
    .arguments = "[--preset PRESET] [--format FORMAT] [--key PATH] [--json] [--batch] [FILE|-]",
    .summary = "print the customer whom the module sees in a session",
    .help =
        "Reads the bytes of the session's column from FILE, or from standard input.\n"
        "\n"
        "  --preset PRESET  plain, symfony, laravel or magento, as in AudioSessionPreset: where\n"
        "                   the two below are not given, they are that preset's\n"
        "  --format FORMAT  as in AudioSessionFormat: php (the default), php_binary,\n"
        "                   php_serialize, json or plain, after the wrappers base64 and url in\n"
        "                   the order in which they come off: \"base64 php_serialize\"\n"
        "  --key PATH       where the customer is: customer_id, _sf2_attributes/user_id\n"
        "  --json           answer {\"customer\":\"5\"} or "
        "{\"code\":\"not_found\",\"reason\":...}\n"
        "  --batch          many sessions, each after a line with its length in bytes; one\n"
        "                   JSON line for each; exit code 0 if all could be read\n"
        "\n"
        "The answer is no where the session is malformed, or names no customer.\n",
    .run = RunDecodeSession,
};

}  // namespace audiodl
