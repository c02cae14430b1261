namespace SupSup.LoadTest;

/// <summary>One query.</summary>
/// <param name="At">When it was to be asked, in seconds since the run began.</param>
/// <param name="Milliseconds">Until its answer or failure, from when it was to be asked, so that waiting for a free querier counts.</param>
/// <param name="Right">How many of its images were traced to their task.</param>
/// <param name="Failed">Whether it failed after all retries.</param>
internal readonly record struct QuerySample(double At, double Milliseconds, int Right, bool Failed);
