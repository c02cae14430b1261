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

    /// <summary>What a check refuses as an argument is an invalid request.</summary>
    /// <param name="check">The check.</param>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static T Checked<T>(Func<T> check)
    {
        try
        {
            return check();
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message);
        }
    }

    /// <summary>What a check refuses as an argument is an invalid request.</summary>
    /// <param name="check">The check.</param>
    /// <exception cref="SupSupException">InvalidRequest.</exception>
    public static void Checked(Action check) => Checked(() =>
    {
        check();
        return true;
    });
}
