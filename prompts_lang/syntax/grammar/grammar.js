/**
 * @file The grammar of prompt graphs.
 *
 * Three columns carry the structure: a declaration stands at column 0, its properties at column 2, and text at column 4 or deeper. Each
 * column is one token: a line end, any blank lines, and a margin. So no external scanner is needed, and a line can only end what stands
 * deeper than itself.
 *
 * The grammar is lenient where people are in the middle of typing: names, closing brackets and whole parts of a line are optional, tabs
 * count as margins, text may stand where no section asks for it. The reader of the tree says what is missing.
 *
 * The grammar knows the skeleton and not the properties: a property is `word value, value …`, with text if a colon follows.
 */

/* eslint-disable arrow-parens */
/* global grammar, seq, choice, optional, repeat, repeat1, field, token, prec, alias */

const LINE_END = /\r\n?|\n/;
const BLANK_LINES = repeat(seq(/[ \t]*/, LINE_END));
const WORD = /[_\p{XID_Start}][_\p{XID_Continue}]*/;
const NOT_A_WORD = /[^ \t\r\n#_\p{XID_Start}][^\r\n]*/;

/** One or more of a rule between commas; a comma at the end is allowed. */
function commaSeparated(rule) {
  return seq(rule, repeat(seq(',', rule)), optional(','));
}

/** What may stand below the first line of a declaration. */
function body($) {
  return [repeat($._stray_line), repeat($._item_line)];
}

export default grammar({
  name: 'prompt_graph',

  word: $ => $.identifier,

  extras: $ => [/[ \t]/, $.comment],

  supertypes: $ => [$.declaration, $.item, $.type, $.value, $.condition],

  rules: {
    // Items and text above the first declaration have nowhere to go; they are kept in the tree all the same.
    source_file: $ => choice(
      seq(repeat($._newline), optional($._declarations)),
      seq(
        repeat($._newline),
        repeat1(choice($._stray_line, $._item_line)),
        optional(seq(repeat1($._newline), optional($._declarations))),
      ),
    ),

    _declarations: $ => seq($.declaration, repeat(seq(repeat1($._newline), $.declaration)), repeat($._newline)),

    // A comment has a line of its own, or stands at the end of a line that is not text.
    comment: _ => token(choice(
      prec(4, seq(LINE_END, BLANK_LINES, choice(/ {0,3}/, '\t'), /#[^\r\n]*/)),
      /#[^\r\n]*/,
    )),

    // --- margins

    _newline: _ => token(prec(1, seq(LINE_END, BLANK_LINES))),
    _item_margin: _ => token(prec(2, seq(LINE_END, BLANK_LINES, choice(/ {1,3}/, '\t')))),
    _text_margin: _ => token(prec(3, seq(LINE_END, BLANK_LINES, choice(/ {4}/, / {1,3}\t/, /\t[ \t]/)))),

    // --- declarations

    declaration: $ => choice(
      $.language_declaration,
      $.use_declaration,
      $.model_declaration,
      $.corpus_declaration,
      $.dataset_declaration,
      $.graph_declaration,
      $.node_declaration,
      $.call_declaration,
      $.metric_declaration,
      $.optimize_declaration,
      $.unknown_declaration,
    ),

    language_declaration: $ => seq(
      field('keyword', 'language'),
      field('version', optional($.number)),
      ...body($),
    ),

    use_declaration: $ => seq(
      field('keyword', 'use'),
      optional(commaSeparated(field('name', $.identifier))),
      optional($._from),
      ...body($),
    ),

    model_declaration: $ => seq(
      field('keyword', 'model'),
      field('name', optional($.identifier)),
      optional(seq('=', field('id', optional($._string)))),
      ...body($),
    ),

    corpus_declaration: $ => seq(
      field('keyword', 'corpus'),
      field('name', optional($.identifier)),
      optional($._from),
      ...body($),
    ),

    dataset_declaration: $ => seq(
      field('keyword', 'dataset'),
      field('name', optional($.identifier)),
      optional($._from),
      ...body($),
    ),

    graph_declaration: $ => seq(
      field('keyword', 'graph'),
      field('name', optional($.identifier)),
      field('inputs', optional($.parameters)),
      optional(seq('->', field('outputs', optional($.graph_outputs)))),
      ...body($),
    ),

    node_declaration: $ => seq(
      field('keyword', choice('llm', 'code', 'retrieve')),
      field('name', optional($.identifier)),
      field('inputs', optional($.parameters)),
      optional(seq('->', field('outputs', optional($.outputs)))),
      ...body($),
    ),

    call_declaration: $ => seq(
      field('keyword', 'call'),
      field('name', optional($.identifier)),
      optional(seq('=', field('graph', optional($.identifier)), field('inputs', optional($.parameters)))),
      ...body($),
    ),

    metric_declaration: $ => seq(
      field('keyword', 'metric'),
      field('name', optional($.identifier)),
      field('inputs', optional($.parameters)),
      optional(choice(
        seq('=', field('builtin', optional($.identifier))),
        $._from,
        seq('judged', optional(seq('by', field('judge', optional($.identifier))))),
      )),
      ...body($),
    ),

    optimize_declaration: $ => seq(
      field('keyword', 'optimize'),
      field('graph', optional($.identifier)),
      optional(seq('on', field('dataset', optional($.identifier)))),
      ...body($),
    ),

    unknown_declaration: $ => seq(
      choice(
        seq(field('keyword', $.identifier), field('rest', optional(alias($._rest_of_line, $.rest)))),
        field('keyword', alias($._not_a_word, $.rest)),
      ),
      ...body($),
    ),

    _rest_of_line: _ => token.immediate(prec(1, /[^\r\n]+/)),
    _not_a_word: _ => token(prec(-1, NOT_A_WORD)),

    _from: $ => seq('from', field('path', optional($._string))),

    // --- signatures

    parameters: $ => prec.right(seq('(', optional(commaSeparated($.parameter)), optional(')'))),

    outputs: $ => commaSeparated($.parameter),

    parameter: $ => prec.right(seq(
      field('name', $.identifier),
      optional(seq(':', field('type', optional($.type)))),
      optional(seq('=', field('source', optional($.source)))),
    )),

    graph_outputs: $ => commaSeparated($.graph_output),

    graph_output: $ => choice(
      field('source', $.source),
      seq(
        field('name', $.identifier),
        choice(
          seq(':', field('type', optional($.type)), optional(seq('=', field('source', optional($.source))))),
          seq('=', field('source', optional($.source))),
        ),
      ),
    ),

    source: $ => seq($.reference, repeat(seq('else', optional($.reference)))),

    reference: $ => prec.right(seq($.identifier, repeat(seq('.', $.identifier)), optional('.'))),

    // --- types

    type: $ => choice($.named_type, $.list_type, $.literal_type, $.record_type, $.optional_type, $.union_type, $.group_type),

    named_type: $ => $.identifier,
    list_type: $ => prec.right(seq(field('name', $.identifier), '[', field('item', optional($.type)), optional(']'))),
    literal_type: $ => choice($._string, $.number),
    record_type: $ => prec.right(seq('{', optional(commaSeparated($.field)), optional('}'))),
    field: $ => seq(field('name', $.identifier), optional(seq(':', field('type', optional($.type))))),
    optional_type: $ => prec(2, seq($.type, '?')),
    union_type: $ => prec.left(1, seq($.type, '|', $.type)),
    group_type: $ => prec.right(seq('(', $.type, optional(')'))),

    // --- items

    item: $ => choice($.property, $.condition_property, $.each_property, $.repeat_property, $.section),

    // Nodes start behind their margin, which is a token of the line above: folds and selections start on the right line.
    _item_line: $ => prec.right(seq($._item_margin, optional($.item), repeat($._stray_line))),

    property: $ => $._item_head,

    condition_property: $ => seq(
      field('word', choice('when', 'ensure')),
      field('condition', optional($.condition)),
    ),

    each_property: $ => seq(
      field('word', 'each'),
      field('variable', optional($.identifier)),
      optional(seq('in', field('source', optional($.reference)))),
    ),

    repeat_property: $ => seq(
      field('word', 'repeat'),
      optional(seq('until', field('until', optional($.condition)))),
      optional(seq(',', optional(seq('at', optional(seq('most', field('at_most', optional($.number)))))))),
    ),

    section: $ => prec.right(choice(
      seq($._item_head, ':', optional($._inline_text), repeat($._text_line)),
      seq(field('word', 'python'), ':', optional(alias($._inline_code, $.code_line)), repeat(alias($._code_line, $.code_line))),
    )),

    _item_head: $ => choice(
      seq(field('learn', 'learn'), optional(seq(field('word', $.identifier), optional($._phrases)))),
      seq(field('word', $.identifier), optional($._phrases)),
    ),

    _phrases: $ => commaSeparated($.phrase),
    phrase: $ => repeat1($.value),

    // --- text

    line: $ => repeat1($._text_piece),
    _inline_text: $ => prec.right(choice(seq($._space, optional($.line)), $.line)),
    _text_line: $ => prec.right(seq($._text_margin, optional($.line))),
    _stray_line: $ => prec.right(seq($._text_margin, optional(alias($._code, $.stray_text)))),
    _text_piece: $ => choice($.placeholder, $.escape, $.text),

    // A line of code has its margin in it: put together, the lines are a program with one margin more.
    _inline_code: $ => alias($._code, $.code),
    _code_line: $ => prec.right(seq($._text_margin, optional(alias($._code, $.code)))),

    _space: _ => token.immediate(prec(3, /[ \t]+/)),
    placeholder: _ => token.immediate(prec(3, seq(
      '{{', /[ \t]*/, WORD, repeat(seq(/[ \t]*\.[ \t]*/, WORD)), /[ \t]*/,
      repeat(seq('|', /[ \t]*/, WORD, optional(/[ \t]+[0-9]+/), /[ \t]*/)),
      '}}',
    ))),
    escape: _ => token.immediate(prec(3, '\\{{')),
    text: _ => token.immediate(prec(2, choice(/[^{\\\r\n]+/, /[{\\]/))),
    _code: _ => token.immediate(prec(2, /[^\r\n]+/)),

    // --- values

    value: $ => choice(
      $.reference, $._string, $.number, $.money, $.ratio, $.list, $.object, $.assignment,
    ),

    assignment: $ => prec.right(seq(field('name', $.identifier), '=', field('value', optional($.value)))),
    list: $ => prec.right(seq('[', optional(commaSeparated($.value)), optional(']'))),
    object: $ => prec.right(seq('{', optional(commaSeparated($.entry)), optional('}'))),
    entry: $ => prec.right(seq(field('key', choice($.identifier, $._string)), optional(seq(':', field('value', optional($.value)))))),

    _string: $ => choice($.string, $.unclosed_string),
    string: _ => /"([^"\\\r\n]|\\[^\r\n])*"/,
    unclosed_string: _ => /"([^"\\\r\n]|\\[^\r\n])*\\?/,
    number: _ => /-?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?[a-zA-Z%]*/,
    money: _ => /\$([0-9]+(\.[0-9]+)?|\.[0-9]+)/,
    ratio: _ => /[0-9]+(\.[0-9]+)?(\/[0-9]+(\.[0-9]+)?)+/,

    // --- conditions

    condition: $ => choice($.truth, $.comparison, $.is_empty, $.not, $.and, $.or, $.group),

    truth: $ => $.reference,
    comparison: $ => seq(
      field('reference', $.reference),
      field('operator', choice('==', '!=', '<', '<=', '>', '>=', '=')),
      field('literal', optional(choice($._string, $.number, $.reference))),
    ),
    is_empty: $ => seq(field('reference', $.reference), 'is', optional(field('negated', 'not')), optional('empty')),
    not: $ => prec(3, seq('not', field('operand', $.condition))),
    and: $ => prec.left(2, seq($.condition, 'and', $.condition)),
    or: $ => prec.left(1, seq($.condition, 'or', $.condition)),
    group: $ => prec.right(seq('(', $.condition, optional(')'))),

    identifier: _ => WORD,
  },
});
