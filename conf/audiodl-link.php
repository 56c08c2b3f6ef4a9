<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0
//
// A download link that needs no cookie, as `audiodl sign` makes it. $key is a line of the file of
// AudioLinkKeys ("2026-11-26 mGJ3K4...="); keep it where the shop keeps its passwords. What the link is
// for must be true when it is made: the customer has bought the book.
//
//   audiodl_link('https://www.example.org/download', $key, '42', 'fantasy/dune', '01.mp3', time() + 30 * 86400)

function audiodl_link(string $base, string $key, string $customer, string $book, string $chunk, int $expires): string
{
    [$id, $secret] = preg_split('/\s+/', trim($key));
    $text = implode("\n", ['audiodl-link-1', $id, $customer, $book, $expires]);
    $signature = hash_hmac('sha256', $text, base64_decode($secret, true), true);
    $query = ['alc' => $customer, 'alx' => $expires, 'alk' => $id,
              'als' => rtrim(strtr(base64_encode($signature), '+/', '-_'), '=')];
    $path = implode('/', array_map('rawurlencode', explode('/', "$book/$chunk")));
    return "$base/$path?" . http_build_query($query, '', '&', PHP_QUERY_RFC3986);
}
