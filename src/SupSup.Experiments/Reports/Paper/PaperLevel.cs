using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Paper;

/// <summary>The level of one curve of the paper, of which only the level is known.</summary>
/// <param name="Name">What the curve is.</param>
/// <param name="Method">The method it is of, as experiments name it.</param>
/// <param name="Accuracy">The level.</param>
/// <param name="Objective">The objective it is by; null where there is one curve only.</param>
/// <param name="Below">Whether the curve is known to be below this level and no more.</param>
internal sealed record PaperLevel(string Name, string Method, double Accuracy, string? Objective = null, bool Below = false)
{
    /// <summary>The level as people write it.</summary>
    public string Text => $"{(Below ? "below " : "")}{Numbers.Digits(Accuracy)}";
}
