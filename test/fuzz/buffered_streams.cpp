// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/buffered_stream.hpp>

#include "fuzz/targets.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

// Any calls of a `buffered_stream` over a stream that gives and takes as little as it likes and fails now and then,
// beside a model: nothing may be lost, doubled or out of order.

namespace weft::fuzz
{
namespace
{

namespace asio = boost::asio;
using boost::system::error_code;

/// The stream below.
class fickle_stream
{
public:
    fickle_stream(choices& moods, std::string_view content) : moods_(moods), rest_(content) {}

    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        error = {};
        if (fails(error))
        {
            return 0;
        }
        const auto count = asio::buffer_copy(buffers, asio::buffer(rest_.data(), std::min(some(), rest_.size())));
        if (count == 0 && asio::buffer_size(buffers) != 0)
        {
            error = asio::error::eof;
        }
        rest_.remove_prefix(count);
        return count;
    }

    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        error = {};
        if (fails(error))
        {
            return 0;
        }
        const auto before = written.size();
        written.resize(before + std::min(some(), asio::buffer_size(buffers)));
        return asio::buffer_copy(asio::buffer(written.data() + before, written.size() - before), buffers);
    }

    std::string written;

private:
    bool fails(error_code& error)
    {
        if (moods_.below(8) != 7)
        {
            return false;
        }
        error = asio::error::operation_aborted;
        return true;
    }
    std::size_t some()
    {
        return 1 + moods_.below(13);
    }

    choices& moods_;
    std::string_view rest_;
};

class run
{
public:
    run(choices& moves, std::string_view content)
        : moves_(moves),
          content_(content),
          below_(moves, content),
          capacity_(1 + moves.below(20)),
          stream_(below_, capacity_, 1 + moves.below(20))
    {
    }

    void step()
    {
        switch (moves_.below(6))
        {
        case 0:
            read();
            break;
        case 1:
            peek();
            break;
        case 2:
            read_line();
            break;
        case 3:
            consume();
            break;
        case 4:
            write();
            break;
        default:
            flush();
        }
        require(stream_.buffered() == content_.substr(at_, stream_.buffered().size()), "it holds what comes next");
        require(stream_.buffered().size() <= capacity_, "not more than it may");
        require(below_.written.size() + stream_.unflushed() == accepted_.size(), "what it took is there");
        require(accepted_.starts_with(below_.written), "written in order");
    }

private:
    void read()
    {
        std::array<char, 32> into;
        const auto wanted = moves_.below(into.size() + 1);
        const auto count = stream_.read_some(asio::buffer(into.data(), wanted), error_);
        require(count <= wanted, "no more than asked for");
        require(std::string_view(into.data(), count) == content_.substr(at_, count), "what comes next was read");
        require(count != 0 || error_ || wanted == 0, "something, or an error");
        require(error_ != asio::error::eof || at_ == content_.size(), "the end at the end");
        at_ += count;
    }

    void peek()
    {
        const auto wanted = moves_.below(24);
        const auto seen = stream_.peek(wanted, error_);
        require((error_ == asio::error::message_size) == (wanted > capacity_), "too much to be seen at once");
        require(seen.size() >= wanted || error_, "all of it, or an error");
        require(seen == content_.substr(at_, seen.size()), "what comes next was seen");
        require(error_ != asio::error::eof || at_ + seen.size() == content_.size(), "seen up to the end");
    }

    void read_line()
    {
        const auto held = stream_.buffered().size();
        const auto rest = content_.substr(at_);
        const auto line = stream_.read_line(error_);
        if (!line)
        {
            require(error_.failed(), "a line, or an error");
            require(stream_.buffered().size() >= held, "nothing is lost");
            require(error_ != asio::error::eof || rest.empty(), "no line at the end only");
            require(error_ != asio::error::message_size || rest.substr(0, capacity_).find('\n') == rest.npos,
                    "no line that would fit");
            return;
        }
        require(!error_, "a line, or an error");
        auto expected = rest.substr(0, rest.find('\n'));
        at_ += std::min(expected.size() + 1, rest.size());
        expected.remove_suffix(expected.ends_with('\r') ? 1 : 0);
        require(*line == expected, "the line");
    }

    void consume()
    {
        const auto held = stream_.buffered().size();
        const auto count = moves_.below(24);
        stream_.consume(count);
        at_ += std::min(count, held);
    }

    void write()
    {
        const auto size = moves_.below(24);
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i)
        {
            bytes += static_cast<char>('a' + (accepted_.size() + i) % 26);
        }
        const auto count = stream_.write_some(asio::buffer(bytes), error_);
        require(count <= size, "no more than was given");
        require(count != 0 || error_ || size == 0, "something, or an error");
        accepted_ += bytes.substr(0, count);
    }

    void flush()
    {
        const auto before = below_.written.size();
        const auto count = stream_.flush(error_);
        require(count == below_.written.size() - before, "as much as it said");
        require((stream_.unflushed() == 0) == !error_, "all of it, or an error");
    }

    choices& moves_;
    std::string_view content_;
    fickle_stream below_;
    std::size_t capacity_;
    buffered_stream<fickle_stream&> stream_;
    error_code error_;
    std::size_t at_ = 0; ///< in the content
    std::string accepted_;
};

} // namespace

void buffered_streams(std::string_view input)
{
    choices moves(input.substr(0, input.size() / 2));
    run all(moves, input.substr(input.size() / 2));
    while (!moves.empty())
    {
        all.step();
    }
}

} // namespace weft::fuzz
