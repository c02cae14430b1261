namespace SupSup.Core.Masks;

/// <summary>A packed mask file is damaged or belongs to another network; the message names what is wrong in one line.</summary>
/// <param name="message">What is wrong and what to do.</param>
public sealed class MaskFileException(string message) : Exception(message);
