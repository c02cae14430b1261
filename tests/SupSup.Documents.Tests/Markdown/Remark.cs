namespace SupSup.Documents.Tests.Markdown;

/// <summary>A comment before a block that says how it is run.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Text">What follows the colon: a reason, code, or a file.</param>
internal sealed record Remark(string Kind, string Text)
{
    public static readonly string[] Kinds = ["not run", "long", "before", "before, in C#", "if", "excerpt"];
}
