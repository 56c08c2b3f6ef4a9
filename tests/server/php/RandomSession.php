<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One random session, the same for the same seed (mt_srand).

final class RandomSession
{
    private const MAX_DEPTH = 5;
    private const TEXTS = [
        '', '0', '5', '-7', 'a', 'x|y', '|', ';', '}', '{', '"', '";', ';}', "a|i:5;", 's:3:"abc";', "\0", "a\0b",
        'customer_id|i:666;', '";customer_id|i:666;}', 'a:1:{i:0;i:1;}', 'R:1;', 'Jürgen', '日本語', "\xFF\xFE",
        "line\nline", '\\', "O'Neill", 'N;', '🎧', '%2C', '!x', "\x80", '00', '1e5', ' ', "\xC2\x85",
    ];

    /** Every variable made so far, by reference: what a later one may be an alias of. */
    private array $variables = [];
    /** Every object made so far: what a later variable may hold too. */
    private array $objects = [];

    /**
     * @param list<string> $path      where the customer goes
     * @param bool         $builtins  whether there may be objects that refuse damaged members, or number
     *                                them, in ways of their own: PHP's own classes, and Token
     * @param string       $forbidden bytes that no variable's name may have
     */
    public function __construct(
        private readonly array $path,
        private readonly bool $builtins,
        private readonly string $forbidden,
    ) {
    }

    public function make(): array
    {
        $session = [];
        $before = mt_rand(0, 4);
        for ($i = 0; $i < $before; $i++) {
            $this->fill($session, $this->variableName(), 0);
        }
        if (mt_rand(0, 9) > 0) {
            $this->placeCustomer($session);
        }
        $after = mt_rand(0, 3);
        for ($i = 0; $i < $after; $i++) {
            $this->fill($session, $this->variableName(), 0);
        }
        return $session;
    }

    private function placeCustomer(array &$session): void
    {
        $holder = &$session;
        foreach (array_slice($this->path, 0, -1) as $key) {
            $holder[$key] = mt_rand(0, 19) === 0 ? $this->scalar() : $this->smallArray();
            if (!is_array($holder[$key])) {
                return;
            }
            $holder = &$holder[$key];
        }
        $last = $this->path[count($this->path) - 1];
        if (mt_rand(0, 7) === 0) {
            $this->fill($holder, $last, 3);
            return;
        }
        $holder[$last] = mt_rand(0, 3) === 0 ? self::TEXTS[array_rand(self::TEXTS)] : mt_rand(1, 1000000);
        $this->variables[] = &$holder[$last];
    }

    /** Puts something new, or an alias of something there is, under that key. */
    private function fill(array &$holder, int|string $key, int $depth): void
    {
        unset($holder[$key]);
        if ($this->variables !== [] && mt_rand(0, 11) === 0) {
            $holder[$key] = &$this->variables[array_rand($this->variables)];
            return;
        }
        $holder[$key] = null;
        $this->variables[] = &$holder[$key];
        $kind = mt_rand(0, 9);
        if ($depth < self::MAX_DEPTH && $kind < 2) {
            $holder[$key] = [];
            $this->fillArray($holder[$key], $depth);
        } elseif ($depth < self::MAX_DEPTH && $kind === 2) {
            $holder[$key] = $this->object($depth);
        } else {
            $holder[$key] = $this->scalar();
        }
    }

    private function fillArray(array &$array, int $depth): void
    {
        $count = mt_rand(0, 4);
        for ($i = 0; $i < $count; $i++) {
            $this->fill($array, $this->key(), $depth + 1);
        }
    }

    private function smallArray(): array
    {
        $array = [];
        $this->fillArray($array, self::MAX_DEPTH - 1);
        return $array;
    }

    private function scalar(): null|bool|int|float|string
    {
        return match (mt_rand(0, 6)) {
            0 => null,
            1 => (bool) mt_rand(0, 1),
            2 => [0, -1, 1, 42, PHP_INT_MAX, PHP_INT_MIN, mt_rand()][mt_rand(0, 6)],
            3 => $this->float(),
            default => $this->text(),
        };
    }

    private function float(): float
    {
        $floats = [0.0, -0.0, 0.1, -1.5, 1e25, 1.5e-7, INF, -INF, NAN, PHP_FLOAT_MAX, PHP_FLOAT_MIN, 1e15, 100.0];
        return mt_rand(0, 1) ? $floats[array_rand($floats)] : mt_rand() / mt_rand(1, 1000);
    }

    private function text(): string
    {
        $text = '';
        for ($i = mt_rand(0, 3); $i >= 0; $i--) {
            $text .= self::TEXTS[array_rand(self::TEXTS)];
        }
        return mt_rand(0, 30) === 0 ? str_repeat($text, 40) : $text;
    }

    private function key(): int|string
    {
        return match (mt_rand(0, 3)) {
            0 => mt_rand(-2, 9),
            1 => ['user_id', 'customer_id', 'id', '05', '-0', '9223372036854775808'][mt_rand(0, 5)],
            default => $this->text(),
        };
    }

    /** PHP drops numeric names under two of the handlers, and long ones under php_binary. */
    private function variableName(): string
    {
        $name = match (mt_rand(0, 4)) {
            0 => (string) mt_rand(0, 9),
            1 => str_repeat('n', mt_rand(120, 135)),
            2 => ['cart', '_sf2_meta', 'flash', 'user', '!cart', 'a b'][mt_rand(0, 5)],
            default => $this->text(),
        };
        return strtr($name, array_fill_keys(str_split($this->forbidden), '_'));
    }

    private function object(int $depth): object
    {
        if ($this->objects !== [] && mt_rand(0, 4) === 0) {
            return $this->objects[array_rand($this->objects)];
        }
        $object = match (mt_rand(0, $this->builtins ? 12 : 8)) {
            0, 1 => $this->withMembers(new \stdClass(), $depth),
            2, 3 => $this->withMembers(new \Shop\User(), $depth),
            4 => $this->withMembers(new \Shop\Admin(), $depth),
            5 => \Shop\Plan::cases()[mt_rand(0, 1)],
            6 => \Shop\Größe::cases()[mt_rand(0, 1)],
            7 => $this->cart($depth),
            8 => $this->bag(),
            9 => new \ArrayObject($this->smallArray()),
            10 => new \DateTimeImmutable('@' . mt_rand()),
            11 => $this->storage(),
            12 => $this->token($depth),
        };
        $this->objects[] = $object;
        return $object;
    }

    private function withMembers(object $object, int $depth): object
    {
        $members = [];
        $this->fillArray($members, $depth);
        foreach (array_keys($members) as $name) {
            // A member's name may not be empty nor begin with NUL.
            $name = 'm' . $name;
            $object->more[$name] = $members[substr($name, 1)];
        }
        if ($object instanceof \stdClass) {
            $object->{mt_rand(0, 1) ? '7' : 'seven'} = mt_rand();
            $object->me = $object;
        }
        return $object;
    }

    private function cart(int $depth): \Shop\Cart
    {
        $cart = new \Shop\Cart();
        $this->fillArray($cart->items, $depth);
        return $cart;
    }

    private function bag(): \Shop\Bag
    {
        $bag = new \Shop\Bag();
        $bag->bytes = 'x' . $this->text();
        return $bag;
    }

    private function token(int $depth): \Shop\Token
    {
        $token = new \Shop\Token();
        $this->fillArray($token->values, $depth);
        return $token;
    }

    private function storage(): \SplObjectStorage
    {
        $storage = new \SplObjectStorage();
        $storage[new \stdClass()] = $this->scalar();
        return $storage;
    }
}
