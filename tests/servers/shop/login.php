<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// login.php?customer=42[&note=…][&format=php|php_binary|php_serialize][&lifetime=SECONDS]
// Logs a customer in. Beside the customer a session holds what a shop puts there, with all of PHP's
// types, and a note of the customer's own choosing, which stands before the customer's number.

declare(strict_types=1);

require __DIR__ . '/session_store.php';

final class Basket
{
    protected array $lines = [['book' => 'Moby-Dick', 'price' => 19.95]];
    private ?Basket $previous = null;
}

start_shop_session($_GET['format'] ?? 'php', (int) ($_GET['lifetime'] ?? 3600));
session_regenerate_id(true);
$customer = $_GET['customer'];
$_SESSION['note'] = $_GET['note'] ?? 'customer_id|i:1;"}';
$_SESSION['basket'] = new Basket();
$_SESSION['customer_id'] = preg_match('/^\d{1,18}$/', $customer) ? (int) $customer : $customer;
$_SESSION['seen'] = ['customer_id' => 1, 'at' => microtime(true), 'flags' => [true, null]];
header('Content-Type: text/plain');
echo session_id(), "\n";
