<?php
// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a shop might keep in its sessions. No member is typed and no method refuses anything, so that
// whether PHP decodes a session depends on the session alone.

namespace Shop;

enum Plan: string
{
    case Free = 'free';
    case Pro = 'pro';
}

enum Größe
{
    case S;
    case XL;
}

class User
{
    public $name = 'name';
    protected $id = 1;
    private $password = 'secret';
    public $more;
}

// Has the same private member a second time, under its own name.
class Admin extends User
{
    private $password = 'other';
    public $rights;
}

// Written as C: with bytes that look like structure.
class Bag implements \Serializable
{
    public string $bytes = '}';

    public function serialize(): string
    {
        return $this->bytes;
    }

    public function unserialize($bytes): void
    {
        $this->bytes = $bytes;
    }
}

// The usual way to be Serializable: its values are numbered along with the session's.
class Token implements \Serializable
{
    public $values = [];

    public function serialize(): string
    {
        return serialize($this->values);
    }

    public function unserialize($bytes): void
    {
        $this->values = unserialize($bytes);
    }
}

class Cart
{
    public array $items = [];

    public function __serialize(): array
    {
        return $this->items;
    }

    public function __unserialize(array $items): void
    {
        $this->items = $items;
    }
}
