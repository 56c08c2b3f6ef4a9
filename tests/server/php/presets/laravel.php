<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Laravel's own DatabaseSessionHandler, session store and EncryptCookies (Debian's php-illuminate-*), with
// the table of `artisan session:table`. Answers with the cookie as a stock install sends it, encrypted, and
// as it is sent by one whose EncryptCookies has it in $except.

declare(strict_types=1);

// As Laravel's own skeleton finds its classes.
foreach (['Session', 'Database', 'Cookie', 'Encryption', 'Container'] as $part) {
    require "Illuminate/$part/autoload.php";
}
require __DIR__ . '/Answer.php';

use Illuminate\Container\Container;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Auth\Guard;
use Illuminate\Cookie\Middleware\EncryptCookies;
use Illuminate\Database\Connection;
use Illuminate\Database\MySqlConnection;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Database\SQLiteConnection;
use Illuminate\Encryption\Encrypter;
use Illuminate\Session\DatabaseSessionHandler;
use Illuminate\Session\Store;
use Symfony\Component\HttpFoundation\Cookie;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

const COOKIE = 'laravel_session';
const MINUTES = 120;  // config/session.php

/** The shop's guard: somebody, or nobody. */
final class ShopGuard implements Guard
{
    public function __construct(private readonly ?int $id) {}

    public function check(): bool { return $this->id !== null; }

    public function guest(): bool { return $this->id === null; }

    public function user(): ?Authenticatable { return null; }

    public function id(): ?int { return $this->id; }

    public function validate(array $credentials = []): bool { return false; }

    public function setUser(Authenticatable $user): void {}
}

final class ShopCookies extends EncryptCookies
{
    protected $except = [];

    public function leave(string $name): self
    {
        $this->except[] = $name;
        return $this;
    }
}

function connect(PDO $pdo): Connection
{
    $connection = $pdo->getAttribute(PDO::ATTR_DRIVER_NAME) === 'mysql'
        ? new MySqlConnection($pdo, '', '', ['charset' => 'utf8mb4', 'collation' => 'utf8mb4_unicode_ci'])
        : new SQLiteConnection($pdo, '', '', []);
    $connection->useDefaultSchemaGrammar();
    $schema = $connection->getSchemaBuilder();
    $there = $pdo->getAttribute(PDO::ATTR_DRIVER_NAME) === 'mysql'
        ? $pdo->query("SHOW TABLES LIKE 'sessions'")->fetch() !== false
        : $schema->hasTable('sessions');
    if (!$there) {
        $schema->create('sessions', function (Blueprint $table): void {
            $table->string('id')->primary();
            $table->foreignId('user_id')->nullable()->index();
            $table->string('ip_address', 45)->nullable();
            $table->text('user_agent')->nullable();
            $table->text('payload');
            $table->integer('last_activity')->index();
        });
    }
    return $connection;
}

/** The Cookie header's value after the middleware. */
function sent(EncryptCookies $middleware, string $id): string
{
    $response = $middleware->handle(new Request(), function () use ($id): Response {
        $response = new Response();
        $response->headers->setCookie(Cookie::create(COOKIE, $id));
        return $response;
    });
    [$pair] = explode(';', (string) $response->headers->getCookies()[0]);
    return substr($pair, strlen(COOKIE) + 1);
}

Answer::run(
    function (PDO $pdo, string $customer): array {
        $container = new Container();
        $container->instance(Guard::class, new ShopGuard($customer === '' ? null : (int) $customer));
        $store = new Store(COOKIE, new DatabaseSessionHandler(connect($pdo), 'sessions', MINUTES, $container));
        $store->start();
        foreach (Answer::clutter() as $name => $value) {
            $store->put($name, $value);
        }
        $store->migrate(true);
        if ($customer !== '') {
            // Illuminate\Auth\SessionGuard's own key.
            $store->put('login_web_' . sha1('Illuminate\Auth\SessionGuard'), (int) $customer);
        }
        $store->save();
        $encrypter = new Encrypter(random_bytes(32), 'AES-256-CBC');
        return [
            'id' => $store->getId(),
            'encrypted' => sent(new ShopCookies($encrypter), $store->getId()),
            'plain' => sent((new ShopCookies($encrypter))->leave(COOKIE), $store->getId()),
        ];
    },
    function (PDO $pdo, string $id): array {
        $handler = new DatabaseSessionHandler(connect($pdo), 'sessions', MINUTES, new Container());
        $store = new Store(COOKIE, $handler, $id);
        $store->start();
        return ['customer' => $store->get('login_web_' . sha1('Illuminate\Auth\SessionGuard'))];
    },
);
