// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Every subcommand has its row here, and only here.

#include <span>

#include "audiodl/backup_ls_command.h"
#include "audiodl/backup_restore_command.h"
#include "audiodl/backup_run_command.h"
#include "audiodl/backup_verify_command.h"
#include "audiodl/bootstrap_command.h"
#include "audiodl/cache_ls_command.h"
#include "audiodl/cache_pin_command.h"
#include "audiodl/cache_purge_command.h"
#include "audiodl/cache_scrub_command.h"
#include "audiodl/cache_stat_command.h"
#include "audiodl/cache_warm_command.h"
#include "audiodl/command.h"
#include "audiodl/decode_session_command.h"
#include "audiodl/dns_command.h"
#include "audiodl/drain_command.h"
#include "audiodl/fsck_command.h"
#include "audiodl/get_command.h"
#include "audiodl/health_command.h"
#include "audiodl/help_command.h"
#include "audiodl/hosts_apply_command.h"
#include "audiodl/hosts_put_command.h"
#include "audiodl/ingest_command.h"
#include "audiodl/ledger_command.h"
#include "audiodl/link_key_command.h"
#include "audiodl/listing_apply_command.h"
#include "audiodl/listing_new_key_command.h"
#include "audiodl/listing_pull_command.h"
#include "audiodl/listing_push_command.h"
#include "audiodl/listing_rebuild_command.h"
#include "audiodl/publish_command.h"
#include "audiodl/put_command.h"
#include "audiodl/revoke_command.h"
#include "audiodl/sign_command.h"
#include "audiodl/split_command.h"
#include "audiodl/status_command.h"
#include "audiodl/sweep_command.h"
#include "audiodl/takeover_command.h"
#include "audiodl/version_command.h"
#include "audiodl/warm_command.h"
#include "audiodl/why_command.h"
#include "audiodl/withdraw_command.h"

namespace audiodl {

std::span<const Command* const> AllCommands() {
  static constexpr const Command* kCommands[] = {
      // clang-format off
      &kBackupLsCommand,
      &kBackupRestoreCommand,
      &kBackupRunCommand,
      &kBackupVerifyCommand,
      &kBootstrapCommand,
      &kCacheLsCommand,
      &kCachePinCommand,
      &kCachePurgeCommand,
      &kCacheScrubCommand,
      &kCacheStatCommand,
      &kCacheUnpinCommand,
      &kCacheWarmCommand,
      &kDecodeSession,
      &kDnsAddCommand,
      &kDnsRemoveCommand,
      &kDrainCommand,
      &kFsckCommand,
      &kGetCommand,
      &kHealthCommand,
      &kHelp,
      &kHostsApplyCommand,
      &kHostsPutCommand,
      &kHostsRollbackCommand,
      &kIngestCommand,
      &kLedgerCommand,
      &kLinkKeyNewCommand,
      &kListingApplyCommand,
      &kListingNewKeyCommand,
      &kListingPullCommand,
      &kListingPushCommand,
      &kListingRebuildCommand,
      &kPublishCommand,
      &kPutCommand,
      &kRevokeCommand,
      &kSignCommand,
      &kSplitCommand,
      &kStatusCommand,
      &kSweepCommand,
      &kTakeoverCommand,
      &kVersionCommand,
      &kWarmCommand,
      &kWhyCommand,
      &kWithdrawCommand,
      // clang-format on
  };
  return kCommands;
}

}  // namespace audiodl
