namespace SupSup.Core.Datasets;

/// <summary>A dataset cannot be used as the caller names it: an option of its address is at fault, not the data.</summary>
/// <param name="subject">The address.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="remedy">What the user can do about it.</param>
public sealed class DatasetOptionException(string subject, string problem, string remedy) : DatasetException(subject, problem, remedy);
