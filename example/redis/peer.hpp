// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_REDIS_PEER_HPP
#define WEFT_EXAMPLE_REDIS_PEER_HPP

#include <weft/io/tcp.hpp>

#include "protocol.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace example::redis
{

/// Calls `take(value)` for each value that the peer sends, until it has closed the connection.
template <class Take>
void read_values(weft::tcp::socket& peer, Take take)
{
    parser values;
    std::array<char, 16'384> data;
    while (const auto count = peer.read_some(boost::asio::buffer(data)))
    {
        for (std::string_view bytes(data.data(), count); !bytes.empty();)
        {
            bytes.remove_prefix(values.feed(bytes));
            if (values.status() == parser::state::invalid)
            {
                throw std::runtime_error(values.problem());
            }
            if (values.status() == parser::state::complete)
            {
                take(values.take());
            }
        }
    }
}

/// A connection's own store, and of the commands those that the example needs.
inline void answer_from_memory(weft::tcp::socket peer)
{
    std::map<std::string, std::string> store;
    std::string replies;
    read_values(peer, [&](const value& command) {
        const auto& words = command.items;
        const auto is = [&](std::string_view name, std::size_t count) {
            return words.size() >= count && words[0].text == name;
        };
        if (is("SET", 3))
        {
            store[words[1].text] = words[2].text;
            replies = "+OK\r\n";
        }
        else if (is("GET", 2))
        {
            const auto& text = store[words[1].text];
            replies = "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
        }
        else if (is("DEL", 2))
        {
            std::size_t count = 0;
            for (const auto& key : words)
            {
                count += store.erase(key.text);
            }
            replies = ":" + std::to_string(count) + "\r\n";
        }
        else if (is("INCR", 2))
        {
            auto& text = store[words[1].text];
            text = std::to_string((text.empty() ? 0 : std::stoi(text)) + 1);
            replies = ":" + text + "\r\n";
        }
        else
        {
            replies = "-ERR wrong number of arguments for 'incr' command\r\n";
        }
        peer.write(boost::asio::buffer(replies));
    });
}

} // namespace example::redis

#endif
