<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Symfony's own PdoSessionHandler, table and session classes (Debian's php-symfony-http-foundation).

declare(strict_types=1);

require 'Symfony/Component/HttpFoundation/autoload.php';
require __DIR__ . '/Answer.php';

use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\Handler\PdoSessionHandler;
use Symfony\Component\HttpFoundation\Session\Storage\NativeSessionStorage;

function open_session(PDO $pdo): Session
{
    $handler = new PdoSessionHandler($pdo, ['lock_mode' => PdoSessionHandler::LOCK_NONE]);
    try {
        $handler->createTable();
    } catch (PDOException) {
        // It is there since the first session.
    }
    return new Session(new NativeSessionStorage([], $handler));
}

Answer::run(
    function (PDO $pdo, string $customer): array {
        $session = open_session($pdo);
        $session->start();
        foreach (Answer::clutter() as $name => $value) {
            $session->set($name, $value);
        }
        if ($customer !== '') {
            // What a listener to LoginSuccessEvent does in a shop.
            $session->set('user_id', (int) $customer);
            $session->set('shop/member', "name-$customer");
        }
        $session->getFlashBag()->add('notice', 'welcome');
        $id = $session->getId();
        $session->save();
        return ['id' => $id];
    },
    function (PDO $pdo, string $id): array {
        $session = open_session($pdo);
        $session->setId($id);
        $session->start();
        return ['customer' => $session->get('user_id')];
    },
);
