using SupSup.Grains.Interfaces.Models;
using SupSup.Shared;

namespace SupSup.Grains.Interfaces;

/// <summary>How data are cut into parts, and what they are called.</summary>
public static class SentDataLimits
{
    /// <summary>What the name of sent data begins with.</summary>
    public const string Prefix = "upload:";

    /// <summary>Bytes of a part, at most.</summary>
    public const int PartBytes = 4 << 20;

    /// <summary>Parts of a task's data, at most.</summary>
    public const int Parts = 4096;

    /// <summary>The ending that tells what a file is, as ".tar.gz".</summary>
    /// <param name="file">The file's name.</param>
    /// <exception cref="SupSupException">InvalidRequest: it has none of those that can be sent.</exception>
    public static string EndingOf(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        (string problem, string remedy) = SentEndings.Unknown;
        return SentEndings.Of(file) ?? throw new SupSupException(SupSupError.InvalidRequest, $"{file} {problem}; {remedy}");
    }

    /// <summary>The name of a task's data, by which orders of training name them: <c>upload:MODEL/TASK</c>.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="task">Task index, not negative.</param>
    public static string NameOf(string model, int task) => Prefix + GrainKeys.Task(model, task);
}
