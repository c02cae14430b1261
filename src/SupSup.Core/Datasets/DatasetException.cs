namespace SupSup.Core.Datasets;

/// <summary>
/// A data set cannot be used. The message is always one line of the form <c>subject: problem; remedy</c>, fit to be
/// printed to a user as it is.
/// </summary>
public class DatasetException : Exception
{
    /// <summary>Makes the error from its three parts; line breaks inside them become spaces.</summary>
    /// <param name="subject">The file, folder or data set that is at fault.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="remedy">What the user can do about it.</param>
    /// <param name="cause">The error below this one, if there was one.</param>
    public DatasetException(string subject, string problem, string remedy, Exception? cause = null)
        : base($"{OneLine(subject)}: {OneLine(problem)}; {OneLine(remedy)}", cause)
    {
        Subject = OneLine(subject);
        Problem = OneLine(problem);
        Remedy = OneLine(remedy);
    }

    /// <summary>The file, folder or data set that is at fault.</summary>
    public string Subject { get; }

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; }

    /// <summary>What the user can do about it.</summary>
    public string Remedy { get; }

    private static string OneLine(string text) => string.Join(' ', text.Split(
        ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
