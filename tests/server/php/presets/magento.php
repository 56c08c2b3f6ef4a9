<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Magento 2 is in no Debian package. So this is its documented table (the core's db_schema.xml) and what its
// handler does to a session (Magento\Framework\Session\SaveHandler\DbTable, 2.4): real PHP writes
// the session, its bytes are stored in base64, session_expires is the time of writing, and the id is stored
// as hash_hmac('sha256', id, key). MAGENTO_KEY is env.php's crypt/key; without it the id is stored as it is, as
// by older versions. Namespaces are in $_SESSION by reference, as Session\Storage puts them there.

declare(strict_types=1);

require __DIR__ . '/Answer.php';

const TABLE = 'CREATE TABLE IF NOT EXISTS session (session_id varchar(255) NOT NULL, '
    . 'session_expires int %s NOT NULL DEFAULT 0, session_data mediumblob NOT NULL, PRIMARY KEY (session_id))';

function stored_id(string $id): string
{
    $keys = preg_split('/\s+/', trim((string) getenv('MAGENTO_KEY')));
    $key = end($keys);
    if ($key === '') {
        return $id;
    }
    return hash_hmac('sha256', $id, str_starts_with($key, 'base64') ? base64_decode(substr($key, 6)) : $key);
}

final class DbTable implements SessionHandlerInterface
{
    public function __construct(private readonly PDO $pdo)
    {
        $is_mysql = $pdo->getAttribute(PDO::ATTR_DRIVER_NAME) === 'mysql';
        $pdo->exec(sprintf(TABLE, $is_mysql ? 'unsigned' : ''));
    }

    public function open(string $path, string $name): bool { return true; }

    public function close(): bool { return true; }

    public function destroy(string $id): bool { return true; }

    public function gc(int $max_lifetime): int { return 0; }

    public function read(string $id): string
    {
        $query = $this->pdo->prepare('SELECT session_data FROM session WHERE session_id = ?');
        $query->execute([stored_id($id)]);
        return base64_decode((string) $query->fetchColumn(), true);
    }

    public function write(string $id, string $data): bool
    {
        $query = $this->pdo->prepare('REPLACE INTO session (session_id, session_expires, session_data) VALUES (?, ?, ?)');
        return $query->execute([stored_id($id), time(), base64_encode($data)]);
    }
}

Answer::run(
    function (PDO $pdo, string $customer): array {
        session_set_save_handler(new DbTable($pdo), true);
        session_start();
        $namespaces = [
            'default' => Answer::clutter(),
            'customer_base' => ['customer_group_id' => '1', 'customer_id' => $customer === '' ? null : $customer],
            'checkout' => ['quote_id_1' => '12'],
        ];
        foreach ($namespaces as $name => &$data) {
            $_SESSION[$name] = &$data;
        }
        $id = session_id();
        session_write_close();
        return ['id' => $id];
    },
    function (PDO $pdo, string $id): array {
        session_set_save_handler(new DbTable($pdo), true);
        session_id($id);
        session_start();
        return ['customer' => $_SESSION['customer_base']['customer_id'] ?? null];
    },
);
