<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0
//
// Links that need no cookie, as `audiodl sign` makes them. $key is a line of the file of AudioLinkKeys
// ("2026-11-26 mGJ3K4...="); keep it where the shop keeps its passwords.
//
// One chunk of a book. What the link is for must be true when it is made: the customer has bought the book.
// With a device's name the link can be revoked alone, and is good only while the book is the customer's.
//
//   audiodl_link('https://www.example.org/download', $key, '42', 'fantasy/dune', '01.mp3', time() + 30 * 86400)
//   audiodl_link('https://www.example.org/download', $key, '42', 'fantasy/dune', '01.mp3', time() + 86400, 'phone')
//
// A podcast feed of one book, or without a book of all that the customer has bought, for one device:
//
//   audiodl_feed('https://www.example.org/download', $key, '42', 'phone', time() + 365 * 86400)
//   audiodl_feed('https://www.example.org/download', $key, '42', 'phone', time() + 365 * 86400, 'fantasy/dune')

function audiodl_link(string $base, string $key, string $customer, string $book, string $chunk, int $expires,
                      string $device = ''): string
{
    return "$base/" . audiodl_path("$book/$chunk") . '?' . audiodl_query($key, $customer, $book, $expires, $device);
}

function audiodl_feed(string $base, string $key, string $customer, string $device, int $expires, string $book = ''): string
{
    $path = $book === '' ? '' : audiodl_path($book) . '/';
    return "$base/$path?format=rss&" . audiodl_query($key, $customer, $book, $expires, $device);
}

function audiodl_query(string $key, string $customer, string $book, int $expires, string $device): string
{
    [$id, $secret] = preg_split('/\s+/', trim($key));
    $lines = [$device === '' ? 'audiodl-link-1' : 'audiodl-link-2', $id, $customer, $book, $expires];
    $text = implode("\n", $device === '' ? $lines : [...$lines, $device]);
    $signature = hash_hmac('sha256', $text, base64_decode($secret, true), true);
    $query = ['alc' => $customer, 'ald' => $device === '' ? null : $device, 'alx' => $expires, 'alk' => $id,
              'als' => rtrim(strtr(base64_encode($signature), '+/', '-_'), '=')];
    return http_build_query($query, '', '&', PHP_QUERY_RFC3986);
}

function audiodl_path(string $path): string
{
    return implode('/', array_map('rawurlencode', explode('/', $path)));
}
