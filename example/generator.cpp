// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A lexer and its parser, each a generator: the lexer yields tokens out of its loops, the parser takes them one by one
// and yields the value of each statement out of its recursion. Neither knows when the other one runs, and nothing is
// read, or kept, before it is asked for.

#include <weft/context/generator.hpp>

#include <cctype>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace
{

struct token
{
    enum kind_type
    {
        number,
        name,
        symbol
    };

    kind_type kind;
    std::string_view text;
};

struct statement
{
    std::string_view name; // of the variable that was set, if any
    double value;
};

struct syntax_error : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

using tokens = weft::generator<token>;
using statements = weft::generator<statement>;

tokens lex(std::string_view source)
{
    return tokens([source](tokens::yielder& yield) {
        std::size_t at = 0;
        const auto take_while = [&](auto belongs) {
            const auto begin = at;
            while (at < source.size() && belongs(static_cast<unsigned char>(source[at])))
            {
                ++at;
            }
            return source.substr(begin, at - begin);
        };
        for (;;)
        {
            take_while([](int c) { return std::isspace(c); });
            if (at == source.size())
            {
                return;
            }
            const auto first = static_cast<unsigned char>(source[at]);
            if (std::isdigit(first))
            {
                yield({token::number, take_while([](int c) { return std::isdigit(c) || c == '.'; })});
            }
            else if (std::isalpha(first))
            {
                yield({token::name, take_while([](int c) { return std::isalnum(c); })});
            }
            else if (std::string_view("+-*/^()=;").find(source[at]) != std::string_view::npos)
            {
                yield({token::symbol, source.substr(at++, 1)});
            }
            else
            {
                throw syntax_error("no token begins with '" + std::string(1, source[at]) + "'");
            }
        }
    });
}

/// statement: [ name '=' ] sum ';'      sum: product { ('+' | '-') product }
/// product: power { ('*' | '/') power }    power: atom [ '^' power ]    atom: number | name | '-' atom | '(' sum ')'
class parser
{
public:
    explicit parser(tokens source) : source_(std::move(source)), next_(source_.begin()) {}

    void run(statements::yielder& yield)
    {
        while (next_ != std::default_sentinel)
        {
            const auto name = sees(token::name) ? take() : std::string_view();
            if (!name.empty() && accept("="))
            {
                const double value = variables_[name] = sum();
                expect(";");
                yield({name, value});
                continue;
            }
            const double value = sum_after(name.empty() ? power() : power_of(variable(name)));
            expect(";");
            yield({{}, value});
        }
    }

private:
    bool sees(token::kind_type kind) const
    {
        return next_ != std::default_sentinel && (*next_).kind == kind;
    }

    std::string_view take()
    {
        const auto text = (*next_).text;
        ++next_; // the lexer runs
        return text;
    }

    bool accept(std::string_view symbol)
    {
        const bool is_next = sees(token::symbol) && (*next_).text == symbol;
        if (is_next)
        {
            ++next_;
        }
        return is_next;
    }

    void expect(std::string_view symbol)
    {
        if (!accept(symbol))
        {
            fail("'" + std::string(symbol) + "'");
        }
    }

    [[noreturn]] void fail(const std::string& expected) const
    {
        const auto found = next_ == std::default_sentinel ? "the end" : "'" + std::string((*next_).text) + "'";
        throw syntax_error(expected + " expected before " + found);
    }

    double sum()
    {
        return sum_after(power());
    }

    double sum_after(double first)
    {
        double result = product_after(first);
        for (;;)
        {
            if (accept("+"))
            {
                result += product_after(power());
            }
            else if (accept("-"))
            {
                result -= product_after(power());
            }
            else
            {
                return result;
            }
        }
    }

    double product_after(double result)
    {
        for (;;)
        {
            if (accept("*"))
            {
                result *= power();
            }
            else if (accept("/"))
            {
                result /= power();
            }
            else
            {
                return result;
            }
        }
    }

    double power()
    {
        return power_of(atom());
    }

    double power_of(double base)
    {
        return accept("^") ? std::pow(base, power()) : base;
    }

    double atom()
    {
        if (accept("-"))
        {
            return -atom();
        }
        if (accept("("))
        {
            const double inner = sum();
            expect(")");
            return inner;
        }
        if (sees(token::number))
        {
            return std::stod(std::string(take()));
        }
        if (sees(token::name))
        {
            return variable(take());
        }
        fail("a value");
    }

    double variable(std::string_view name) const
    {
        const auto found = variables_.find(name);
        if (found == variables_.end())
        {
            throw syntax_error("'" + std::string(name) + "' has no value");
        }
        return found->second;
    }

    tokens source_;
    tokens::iterator next_;
    std::map<std::string_view, double> variables_;
};

statements parse(std::string_view source)
{
    return statements([source](statements::yielder& yield) { parser(lex(source)).run(yield); });
}

void evaluate(std::string_view source)
{
    try
    {
        for (const statement& each : parse(source))
        {
            std::cout << (each.name.empty() ? std::string_view("     ") : each.name) << " = " << each.value << '\n';
        }
    }
    catch (const syntax_error& error) // out of the lexer, through the parser, to here
    {
        std::cout << "error: " << error.what() << '\n';
    }
}

} // namespace

int main()
{
    evaluate("1 + 2 * 3; (1 + 2) * 3; 2 ^ 3 ^ 2 / 4;");
    evaluate("width = 12; depth = width / 4 - 1; -width * (depth + 0.5);");
    evaluate("1 + 1; 2 + ; 3 + 3;");
    evaluate("4 * 4; 5 ? 5;");
    evaluate("height + 1;");

    // No more than one token is read ahead of what is asked for: what is wrong behind that is never seen.
    for (const statement& each : parse("6 * 7; 8 ???"))
    {
        std::cout << "first: " << each.value << '\n';
        break;
    }
}
