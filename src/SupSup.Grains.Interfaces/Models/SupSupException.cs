namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// An error that a caller can act on: one line that names the culprit and the remedy. It carries no inner exception, whose
/// type a client need not know and then could not receive; the silo logs the cause where the message does not tell it.
/// </summary>
[GenerateSerializer, Alias("supsup.error")]
public sealed class SupSupException : Exception
{
    /// <summary>Reports trouble.</summary>
    /// <param name="error">Its kind.</param>
    /// <param name="message">One line: what is wrong, what to do.</param>
    public SupSupException(SupSupError error, string message)
        : base(message) => Error = error;

    /// <summary>The kind of trouble.</summary>
    [Id(0)]
    public SupSupError Error { get; private set; }
}
