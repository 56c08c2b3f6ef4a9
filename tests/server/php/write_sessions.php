<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Writes random sessions with PHP's own session_encode() (or json_encode(), and base64_encode() or
// urlencode() around it), then damages each one, and says for all what PHP itself finds in them.
//
//   php write_sessions.php DIRECTORY COUNT SEED KEY FORMAT
//
// FORMAT is as in AudioSessionFormat: "php", "base64 json"; what is wrapped is also what PHP runs with:
// -d session.serialize_handler=php.
//
// DIRECTORY/sessions gets the records that `audiodl decode-session --batch` reads, DIRECTORY/expected one
// JSON line for each:
//   {"index":7,"kind":"written","customer":"5"}         or "code":"not_found"|"invalid" instead, as the
//                                                      promises in common/session/php_session.h have it
//   {"index":7,"kind":"damaged","refused":"session"}   PHP refuses: "class" if for want of a class
//
// Session number `index` depends on SEED + index only.

// Serializable, which one class needs to be written as C:, is deprecated.
error_reporting(E_ALL & ~E_DEPRECATED);
require __DIR__ . '/classes.php';
require __DIR__ . '/RandomSession.php';
require __DIR__ . '/Damage.php';
require __DIR__ . '/Wrapping.php';

/** Keeps PHP from touching the disk. */
final class NoStore implements SessionHandlerInterface
{
    public function open(string $path, string $name): bool
    {
        return true;
    }

    public function close(): bool
    {
        return true;
    }

    public function read(string $id): string
    {
        return '';
    }

    public function write(string $id, string $data): bool
    {
        return true;
    }

    public function destroy(string $id): bool
    {
        return true;
    }

    public function gc(int $max_lifetime): int
    {
        return 0;
    }
}

final class Oracle
{
    /** What only the shop's own classes can decide, and nobody who does not load them. */
    private const CLASS_REASONS = "/^(session_decode\(\): )?(Class '.*' not found|Class '.*' is not an enum|Undefined " .
        "constant .*|.* is not an enum case|(Illegal|Corrupt) member variable name|" .
        "Erroneous data format for unserializing .*|Cannot instantiate .*)$/s";

    private array $warnings = [];

    public function __construct(
        private readonly array $path,
        private readonly Wrapping $wrapping,
        private readonly bool $is_json,
    ) {
        set_error_handler(function (int $level, string $message): bool {
            $this->warnings[] = $message;
            return true;
        });
    }

    /** The bytes PHP stores for these variables; null where it stores none. */
    public function encode(array $variables): ?string
    {
        if ($this->is_json) {
            $json = json_encode($variables);
            return $json === false ? null : $this->wrapping->wrap($json);
        }
        $this->start();
        $_SESSION = $variables;
        $bytes = session_encode();
        return $bytes === false || $bytes === '' ? null : $this->wrapping->wrap($bytes);
    }

    /** What PHP finds in a session: the members of an answer. */
    public function decode(string $bytes): array
    {
        $bytes = $this->wrapping->unwrap($bytes);
        if ($bytes === null) {
            return ['refused' => 'session'];
        }
        if ($this->is_json) {
            $session = json_decode($bytes, true);
            return is_array($session) ? $this->customer($session) : ['refused' => 'session'];
        }
        $this->start();
        $this->warnings = [];
        try {
            $accepted = session_decode($bytes);
        } catch (Throwable $thrown) {
            return ['refused' => 'class', 'reason' => get_class($thrown) . ': ' . $thrown->getMessage()];
        }
        if (!$accepted) {
            return ['refused' => preg_grep(self::CLASS_REASONS, $this->warnings) === [] ? 'session' : 'class'];
        }
        return $this->customer($_SESSION);
    }

    /** PHP ends a session that it could not decode. */
    private function start(): void
    {
        if (session_status() !== PHP_SESSION_ACTIVE) {
            session_start();
        }
        $_SESSION = [];
    }

    /** @param mixed $value the session: damage can make anything of it under php_serialize */
    private function customer(mixed $value): array
    {
        foreach ($this->path as $key) {
            if ($value === null || $value === false || $value === '') {
                return ['code' => 'not_found'];
            }
            if (!is_array($value)) {
                return ['code' => 'invalid'];
            }
            $value = $value[$key] ?? null;
        }
        if ($value === null || $value === false || $value === '') {
            return ['code' => 'not_found'];
        }
        if (is_int($value)) {
            return ['customer' => (string) $value];
        }
        $names = is_string($value) && strlen($value) <= 255 && preg_match('/^[^\p{Cc}]+$/uD', $value) === 1;
        return $names ? ['customer' => $value] : ['code' => 'invalid'];
    }
}

function main(string $directory, int $count, int $seed, string $key, string $format): void
{
    session_set_save_handler(new NoStore(), false);
    session_start();
    $path = explode('/', $key);
    $words = explode(' ', $format);
    $content = array_pop($words);
    $oracle = new Oracle($path, new Wrapping($words), $content === 'json');
    $forbidden = ini_get('session.serialize_handler') === 'php' ? '|' : "\x01";
    $sessions = fopen("$directory/sessions", 'wb');
    $expected = fopen("$directory/expected", 'wb');
    $record = static function (int $index, string $kind, string $bytes) use ($oracle, $sessions, $expected): void {
        fwrite($sessions, strlen($bytes) . "\n" . $bytes);
        $answer = ['index' => $index, 'kind' => $kind] + $oracle->decode($bytes);
        fwrite($expected, json_encode($answer, JSON_THROW_ON_ERROR) . "\n");
    };
    $previous = '';
    for ($index = 0; $index < $count; $index++) {
        mt_srand($seed + $index);
        $bytes = $oracle->encode((new RandomSession($path, true, $forbidden))->make());
        if ($bytes !== null) {
            $record($index, 'written', $bytes);
        }
        $bytes = $oracle->encode((new RandomSession($path, false, $forbidden))->make());
        if ($bytes !== null) {
            $record($index, 'damaged', Damage::of($bytes, $previous));
            $previous = $bytes;
        }
    }
}

if ($argc !== 6) {
    fwrite(STDERR, "Usage: php write_sessions.php DIRECTORY COUNT SEED KEY FORMAT\n");
    exit(2);
}
main($argv[1], (int) $argv[2], (int) $argv[3], $argv[4], $argv[5]);
