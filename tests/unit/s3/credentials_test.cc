// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/credentials.h"

#include "tests/unit/catch.h"
#include "tests/unit/s3/credentials_file.h"
#include "tests/unit/s3/scoped_environment.h"

namespace audiodl {
namespace {

using Source = CredentialsSpec::Source;

constexpr const char* kPlain =
    "[default]\n"
    "aws_access_key_id = AKIDDEFAULT\n"
    "aws_secret_access_key = secret/Default+=\n"
    "\n"
    "[web]\n"
    "aws_access_key_id=AKIDWEB\n"
    "aws_secret_access_key=secretWeb\n"
    "aws_session_token=tokenWeb==\n";

TEST_CASE("CredentialsSpec: the four sources") {
  struct Row {
    const char* text;
    Source source;
    const char* path;
    const char* profile;
  };
  const Row rows[] = {
      {"/etc/audiodl/credentials", Source::kFile, "/etc/audiodl/credentials", "default"},
      {"/etc/audiodl/credentials profile=web", Source::kFile, "/etc/audiodl/credentials", "web"},
      {"\"/etc/my keys\" \"profile=a b\"", Source::kFile, "/etc/my keys", "a b"},
      {"env", Source::kEnvironment, "", "default"},
      {" instance ", Source::kInstance, "", "default"},
      {"auto", Source::kAuto, "", "default"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<CredentialsSpec> spec = CredentialsSpec::Parse(row.text);
    REQUIRE(spec.ok());
    CHECK(spec->source == row.source);
    CHECK(spec->path == row.path);
    CHECK(spec->profile == row.profile);
  }
}

TEST_CASE("CredentialsSpec: what is not understood is refused, and not repeated") {
  for (const char* text :
       {"", "AKIA1 hunter2", "credentials", "env hunter2", "instance profile=x",
        "/etc/c profile=", "/etc/c hunter2", "/etc/c profile=a hunter2", "ENV"}) {
    CAPTURE(text);
    const Result<CredentialsSpec> spec = CredentialsSpec::Parse(text);
    CHECK(spec.status().code() == Code::kInvalid);
    CHECK(spec.status().text().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("Credentials file: the profile that was asked for") {
  const CredentialsFile file(kPlain);
  const Result<Credentials> keys = ReadSharedCredentials(file.path(), "default");
  REQUIRE(keys.ok());
  CHECK(keys->access_key_id == "AKIDDEFAULT");
  CHECK(keys->secret_access_key == "secret/Default+=");
  CHECK(keys->session_token.empty());
  CHECK_FALSE(keys->Expires());
  const Result<Credentials> web = ReadSharedCredentials(file.path(), "web");
  REQUIRE(web.ok());
  CHECK(web->access_key_id == "AKIDWEB");
  CHECK(web->session_token == "tokenWeb==");
}

TEST_CASE("Credentials file: comments, blanks, case and others' settings do not matter") {
  for (const char* text : {
           "# c\n; c\n[ default ] # c\n\n  aws_access_key_id\t=\tID  \n"
           "AWS_SECRET_ACCESS_KEY = SECRET # mine\nregion = eu-west-1\n",
           "[default]\r\naws_access_key_id=ID\r\naws_secret_access_key=SECRET\r\n",
           "\xef\xbb\xbf[default]\naws_access_key_id=ID\naws_secret_access_key=SECRET",
           "[default]\naws_access_key_id=ID ; c\ns3 =\n  max_queue_size = 10\n"
           "aws_secret_access_key=SECRET\n[x]\naws_access_key_id=OTHER\n",
       }) {
    CAPTURE(text);
    const CredentialsFile file(text);
    const Result<Credentials> keys = ReadSharedCredentials(file.path(), "default");
    REQUIRE(keys.ok());
    CHECK(keys->access_key_id == "ID");
    CHECK(keys->secret_access_key == "SECRET");
  }
}

TEST_CASE("Credentials file: a '#' or ';' inside a value belongs to it") {
  const CredentialsFile file("[default]\naws_access_key_id=I#D\naws_secret_access_key=S;ECRET\n");
  const Result<Credentials> keys = ReadSharedCredentials(file.path(), "default");
  REQUIRE(keys.ok());
  CHECK(keys->access_key_id == "I#D");
  CHECK(keys->secret_access_key == "S;ECRET");
}

TEST_CASE("Credentials file: what is wrong is named by file and line, and no value is repeated") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"", " has no [default]: write that section, or another profile= in AudioCredentials"},
      {"[web]\n", " has no [default]: write that section, or another profile= in AudioCredentials"},
      {"[default]\naws_access_key_id=hunter2\n",
       " [default]: the secret access key (aws_secret_access_key) is missing or empty"},
      {"[default]\naws_secret_access_key=hunter2\n",
       " [default]: the access key id (aws_access_key_id) is missing or empty"},
      {"[default]\naws_access_key_id=\naws_secret_access_key=hunter2\n",
       " [default]: the access key id (aws_access_key_id) is missing or empty"},
      {"hunter2=x\n[default]\n", " line 1: a value before the first [profile]"},
      {"[default]\n\nhunter2\n", " line 3: neither [profile] nor name = value"},
      {"[default\n", " line 1: a [profile] without its ]"},
      {"[default]\n[web]\n[default]\n", " line 3: the profile appears a second time"},
      {"[default]\naws_access_key_id=hunter2\naws_access_key_id=b\n",
       " line 3: aws_access_key_id appears a second time"},
      {"[default]\naws_access_key_id=\"hunter2\"\naws_secret_access_key=x\n",
       " [default]: the access key id (aws_access_key_id) has a blank, a quote or another "
       "character that no key has: "
       "write the bare value"},
      {"[default]\naws_access_key_id=a\naws_secret_access_key=x hunter2\n",
       " [default]: the secret access key (aws_secret_access_key) has a blank, a quote or another "
       "character that no key "
       "has: "
       "write the bare value"},
      {"[default]\naws_access_key_id=a\naws_secret_access_key=b\naws_session_token="
       "hunter2\xc3\xa9\n",
       " [default]: the session token (aws_session_token) has a blank, a quote or another "
       "character that no key has: "
       "write the bare value"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const CredentialsFile file(row.text);
    const Status status = ReadSharedCredentials(file.path(), "default").status();
    CHECK(status.code() == Code::kInvalid);
    CHECK(status.text() == file.path() + row.message);
    CHECK(status.text().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("Credentials file: one that everybody may read is refused") {
  for (const mode_t mode : {0644, 0604, 0602, 0666}) {
    const CredentialsFile file(kPlain, mode);
    const Status status = ReadSharedCredentials(file.path(), "default").status();
    CHECK(status.code() == Code::kInvalid);
    CHECK(status.text() ==
          file.path() + " may be read or written by everybody: chmod o-rwx " + file.path());
  }
  for (const mode_t mode : {0600, 0640, 0660}) {
    const CredentialsFile file(kPlain, mode);
    CHECK(ReadSharedCredentials(file.path(), "default").ok());
  }
}

TEST_CASE("Credentials file: no file, no regular file, or one too large") {
  CHECK(ReadSharedCredentials("/nonexistent/credentials", "default").status().code() ==
        Code::kNotFound);
  CHECK(ReadSharedCredentials("/tmp", "default").status().code() == Code::kInvalid);
  CHECK(ReadSharedCredentials("/dev/null", "default").status().code() == Code::kInvalid);
  const CredentialsFile large(kPlain + std::string(300 * 1024, '\n'));
  CHECK(ReadSharedCredentials(large.path(), "default").status().code() == Code::kInvalid);
}

TEST_CASE("Credentials from the environment") {
  const ScopedEnvironment environment({{"AWS_ACCESS_KEY_ID", "AKIDENV"},
                                       {"AWS_SECRET_ACCESS_KEY", "secretEnv"},
                                       {"AWS_SESSION_TOKEN", "tokenEnv"}});
  const Result<Credentials> keys = ReadEnvironmentCredentials();
  REQUIRE(keys.ok());
  CHECK(keys->access_key_id == "AKIDENV");
  CHECK(keys->secret_access_key == "secretEnv");
  CHECK(keys->session_token == "tokenEnv");
}

TEST_CASE("Credentials from the environment: none is not the same as half") {
  {
    const ScopedEnvironment none(
        {{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}, {"AWS_SESSION_TOKEN", "t"}});
    CHECK(ReadEnvironmentCredentials().status().code() == Code::kNotFound);
  }
  const ScopedEnvironment half({{"AWS_ACCESS_KEY_ID", "hunter2"}, {"AWS_SECRET_ACCESS_KEY", ""}});
  const Status status = ReadEnvironmentCredentials().status();
  CHECK(status.code() == Code::kInvalid);
  CHECK(status.text() ==
        "in the environment, the secret access key (aws_secret_access_key) is missing or empty");
}

}  // namespace
}  // namespace audiodl
