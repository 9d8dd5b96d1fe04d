"""The typed syntax tree: what one declaration says, and where it says it.

Invariants:

* Every `Span` counts bytes **relative to the first byte of the declaration's chunk**, so an edit elsewhere in the file changes no node.
  `SyntaxFile` knows where each chunk starts.
* A `TextRange` counts characters of `Section.text`. The two types never mix; `Section` translates.
* A part that the file leaves out, or that cannot be read, is None or absent, and the chunk's problems say why. Nodes hold no meaning:
  no name is looked up here, no default filled in.
"""

from prompts_lang.syntax.nodes.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    IsEmpty,
    Not,
    Truth,
)
from prompts_lang.syntax.nodes.declarations import (
    CallDeclaration,
    Comment,
    CorpusDeclaration,
    DatasetDeclaration,
    Declaration,
    GraphDeclaration,
    GraphOutput,
    LanguageDeclaration,
    MetricDeclaration,
    ModelDeclaration,
    NodeDeclaration,
    NodeKind,
    OptimizeDeclaration,
    Parameter,
    UnknownDeclaration,
    UseDeclaration,
)
from prompts_lang.syntax.nodes.items import (
    ConditionProperty,
    EachProperty,
    Item,
    Property,
    RepeatProperty,
)
from prompts_lang.syntax.nodes.names import (
    Name,
    Reference,
    Source,
)
from prompts_lang.syntax.nodes.problems import (
    Fix,
    Problem,
    ProblemKind,
)
from prompts_lang.syntax.nodes.text import (
    Formatter,
    Placeholder,
    Section,
    TextLine,
    TextRange,
    decode,
    encode,
)
from prompts_lang.syntax.nodes.types import (
    ListType,
    LiteralType,
    NamedType,
    OptionalType,
    RecordField,
    RecordType,
    Type,
    UnionType,
)
from prompts_lang.syntax.nodes.values import (
    Assignment,
    ListValue,
    Money,
    Number,
    ObjectEntry,
    ObjectValue,
    Phrase,
    Ratio,
    String,
    Value,
    Word,
)

__all__ = [
    "AllOf",
    "AnyOf",
    "Assignment",
    "CallDeclaration",
    "Comment",
    "Compare",
    "Comparison",
    "Condition",
    "ConditionProperty",
    "CorpusDeclaration",
    "DatasetDeclaration",
    "Declaration",
    "EachProperty",
    "Fix",
    "Formatter",
    "GraphDeclaration",
    "GraphOutput",
    "IsEmpty",
    "Item",
    "LanguageDeclaration",
    "ListType",
    "ListValue",
    "LiteralType",
    "MetricDeclaration",
    "ModelDeclaration",
    "Money",
    "Name",
    "NamedType",
    "NodeDeclaration",
    "NodeKind",
    "Not",
    "Number",
    "ObjectEntry",
    "ObjectValue",
    "OptimizeDeclaration",
    "OptionalType",
    "Parameter",
    "Phrase",
    "Placeholder",
    "Problem",
    "ProblemKind",
    "Property",
    "Ratio",
    "RecordField",
    "RecordType",
    "Reference",
    "RepeatProperty",
    "Section",
    "Source",
    "String",
    "TextLine",
    "TextRange",
    "Truth",
    "Type",
    "UnionType",
    "UnknownDeclaration",
    "UseDeclaration",
    "Value",
    "Word",
    "decode",
    "encode",
]
