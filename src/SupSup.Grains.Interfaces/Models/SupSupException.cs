namespace SupSup.Grains.Interfaces.Models;

/// <summary>An error that a caller can act on: one line that names the culprit and the remedy.</summary>
[GenerateSerializer, Alias("supsup.error")]
public sealed class SupSupException : Exception
{
    /// <summary>Reports trouble.</summary>
    /// <param name="error">Its kind.</param>
    /// <param name="message">One line: what is wrong, what to do.</param>
    /// <param name="innerException">What caused it.</param>
    public SupSupException(SupSupError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of trouble.</summary>
    [Id(0)]
    public SupSupError Error { get; private set; }
}
