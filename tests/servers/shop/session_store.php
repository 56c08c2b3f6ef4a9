<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Sessions in the database, as a shop on several servers keeps them: the data is exactly what PHP's
// serialize handler wrote, expires is a Unix time.

declare(strict_types=1);

final class SessionStore implements SessionHandlerInterface
{
    public function __construct(private readonly PDO $database, private readonly int $lifetimeSeconds) {}

    public function open(string $path, string $name): bool { return true; }

    public function close(): bool { return true; }

    public function read(string $id): string|false
    {
        $query = $this->database->prepare('SELECT data FROM sessions WHERE id = ? AND expires > ?');
        $query->execute([$id, time()]);
        $data = $query->fetchColumn();
        return $data === false ? '' : $data;
    }

    public function write(string $id, string $data): bool
    {
        $query = $this->database->prepare('REPLACE INTO sessions (id, data, expires) VALUES (?, ?, ?)');
        $query->bindValue(1, $id);
        $query->bindValue(2, $data, PDO::PARAM_LOB);
        $query->bindValue(3, time() + $this->lifetimeSeconds, PDO::PARAM_INT);
        return $query->execute();
    }

    public function destroy(string $id): bool
    {
        return $this->database->prepare('DELETE FROM sessions WHERE id = ?')->execute([$id]);
    }

    public function gc(int $max_lifetime): int|false
    {
        $query = $this->database->prepare('DELETE FROM sessions WHERE expires < ?');
        $query->execute([time()]);
        return $query->rowCount();
    }
}

function start_shop_session(string $format = 'php', int $lifetimeSeconds = 3600): void
{
    $database = new PDO(getenv('SHOP_DSN'), getenv('SHOP_USER'), getenv('SHOP_PASSWORD'),
                        [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    ini_set('session.serialize_handler', $format);
    session_set_save_handler(new SessionStore($database, $lifetimeSeconds), true);
    session_start();
}
