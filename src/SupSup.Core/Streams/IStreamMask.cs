namespace SupSup.Core.Streams;

/// <summary>What decisions of a stream go by in one of its masks.</summary>
public interface IStreamMask
{
    /// <summary>Number of the mask; the lower one is older.</summary>
    int Id { get; }

    /// <summary>Its accuracy on what it was trained for; null where that is not known, and then it is held to be perfect.</summary>
    double? Usual { get; }

    /// <summary>Whether it is in training.</summary>
    bool IsOpen { get; }
}
