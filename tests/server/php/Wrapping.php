<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a shop wraps around a session, in PHP's own words. The first word comes off first.

final class Wrapping
{
    /** @param list<string> $words base64 or url */
    public function __construct(private readonly array $words)
    {
    }

    public function wrap(string $bytes): string
    {
        foreach (array_reverse($this->words) as $word) {
            $bytes = $word === 'base64' ? base64_encode($bytes) : urlencode($bytes);
        }
        return $bytes;
    }

    /** Null: PHP refuses it. urldecode() refuses nothing. */
    public function unwrap(string $bytes): ?string
    {
        foreach ($this->words as $word) {
            $bytes = $word === 'base64' ? base64_decode($bytes, true) : urldecode($bytes);
            if ($bytes === false) {
                return null;
            }
        }
        return $bytes;
    }
}
