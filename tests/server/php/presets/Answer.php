<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the scripts of this folder share: their arguments and their answer.
//
//   php SCRIPT DSN USER PASSWORD login CUSTOMER     CUSTOMER "": a visitor who has not logged in
//   php SCRIPT DSN USER PASSWORD read ID            what the framework itself finds in that session
//
// The answer is one JSON object: {"id": ..., "customer": ...} and what a script has to say besides.

declare(strict_types=1);

error_reporting(E_ALL & ~E_DEPRECATED);

final class Answer
{
    /** @param callable(PDO, string): array $login @param callable(PDO, string): array $read */
    public static function run(callable $login, callable $read): void
    {
        [, $dsn, $user, $password, $what, $value] = $_SERVER['argv'];
        $pdo = new PDO($dsn, $user, $password, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
        $answer = $what === 'login' ? $login($pdo, $value) : $read($pdo, $value);
        echo json_encode($answer, JSON_THROW_ON_ERROR), "\n";
    }

    /** What a shop keeps in a session beside the customer, with text that looks like structure. */
    public static function clutter(): array
    {
        return ['note' => 'customer_id|i:1;"}', 'cart' => [['id' => 7, 'price' => 19.95, 'gift' => true]], 'none' => null];
    }
}
