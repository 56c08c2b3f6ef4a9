<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Ends the session: its row is gone when this returns.

declare(strict_types=1);

require __DIR__ . '/session_store.php';

start_shop_session();
session_destroy();
header('Content-Type: text/plain');
echo "bye\n";
