<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Random damage to an encoded session: blind to its structure, and along it.

final class Damage
{
    public static function of(string $session, string $other): string
    {
        for ($i = [1, 1, 1, 2, 3, 6][mt_rand(0, 5)]; $i > 0; $i--) {
            $session = self::once($session, $other);
        }
        return $session;
    }

    private static function once(string $session, string $other): string
    {
        return match (mt_rand(0, 13)) {
            0 => substr($session, 0, self::at($session)),
            1 => substr_replace($session, chr(mt_rand(0, 255)), self::at($session), 1),
            2 => substr_replace($session, '', self::at($session), mt_rand(1, 4)),
            3 => substr_replace($session, chr(mt_rand(0, 255)), self::at($session), 0),
            4 => self::repeatedPart($session),
            5 => substr($session, 0, self::at($session)) . substr($other, self::at($other)),
            6, 7 => self::withNumber($session),
            8 => self::withToken($session, $other),
            9 => $session . $other,
            10 => substr_replace($session, '0123456789:;{}"|abidsOCERrSN-+.'[mt_rand(0, 30)], self::at($session), 1),
            11 => self::withSwappedReference($session),
            12, 13 => self::withDuplicateKey($session),
        };
    }

    private static function at(string $text): int
    {
        return mt_rand(0, strlen($text));
    }

    private static function repeatedPart(string $session): string
    {
        $part = substr($session, self::at($session), mt_rand(1, 30));
        return substr_replace($session, $part, self::at($session), 0);
    }

    /** Another number: one beside it, or one that parsers like to overflow at. */
    private static function withNumber(string $session): string
    {
        $numbers = self::matches('/\d+/', $session);
        if ($numbers === []) {
            return $session;
        }
        [$old, $at] = $numbers[array_rand($numbers)];
        $new = match (mt_rand(0, 4)) {
            0 => (string) ((int) $old + 1),
            1 => (string) ((int) $old - 1),
            2 => (string) mt_rand(0, 12),
            3 => ['-1', '+1', '007', '4294967296', '9223372036854775807', '9223372036854775808',
                '18446744073709551616', '99999999999999999999999', '2147483648'][mt_rand(0, 8)],
            4 => wrapping_around_to((int) $old),
        };
        return substr_replace($session, $new, $at, strlen($old));
    }

    /** A whole value or key in the place of another: duplicate keys, references to elsewhere, other types. */
    private static function withToken(string $session, string $other): string
    {
        $tokens = '/s:\d+:"[^"]*";|[bidRr]:[^;"]*;|N;|E:\d+:"[^"]*";|a:0:\{\}/';
        $places = self::matches($tokens, $session);
        $sources = self::matches($tokens, mt_rand(0, 1) ? $session : $other);
        if ($places === [] || $sources === []) {
            return $session;
        }
        [$old, $at] = $places[array_rand($places)];
        $new = mt_rand(0, 4) === 0
            ? ['R', 'r'][mt_rand(0, 1)] . ':' . mt_rand(0, 12) . ';'
            : $sources[array_rand($sources)][0];
        return substr_replace($session, $new, $at, strlen($old));
    }

    private static function withSwappedReference(string $session): string
    {
        return mt_rand(0, 1) ? strtr($session, ['R:' => 'r:']) : strtr($session, ['r:' => 'R:']);
    }

    /** Two elements side by side with one key; and mostly a customer that is a reference, perhaps to one of them. */
    private static function withDuplicateKey(string $session): string
    {
        $key = '(?:i:-?\d+|s:\d+:"[^"]*");';
        $value = '(?:[id]:[^;"]*|s:\d+:"[^"]*"|N|b:[01]|E:\d+:"[^"]*");';
        $pairs = self::matches("/$key$value$key$value/", $session);
        if ($pairs !== []) {
            [$old, $at] = $pairs[array_rand($pairs)];
            $new = preg_replace("/^($key)($value)$key/", '$1$2$1', $old);
            $session = substr_replace($session, $new, $at, strlen($old));
        }
        $customers = self::matches('/(?<=customer_id|customer_id\||_id";)[is]:[^;]*;/', $session);
        if ($customers !== [] && mt_rand(0, 3) > 0) {
            [$old, $at] = $customers[array_rand($customers)];
            $session = substr_replace($session, 'R:' . mt_rand(1, 15) . ';', $at, strlen($old));
        }
        return $session;
    }

    /** @return list<array{string, int}> */
    private static function matches(string $pattern, string $text): array
    {
        preg_match_all($pattern, $text, $found, PREG_OFFSET_CAPTURE);
        return $found[0];
    }
}

/** The decimal number that wraps around to $number in 64 bits. */
function wrapping_around_to(int $number): string
{
    $digits = '18446744073709551616';
    $sum = '';
    $carry = 0;
    $add = str_pad((string) max($number, 0), 20, '0', STR_PAD_LEFT);
    for ($i = 19; $i >= 0; $i--) {
        $digit = (int) $digits[$i] + (int) $add[$i] + $carry;
        $sum = $digit % 10 . $sum;
        $carry = intdiv($digit, 10);
    }
    return $carry > 0 ? '1' . $sum : $sum;
}
