namespace SupSup.Core.Teams;

/// <summary>The calling thread alone.</summary>
public sealed class Alone : ITeam
{
    /// <summary>The one instance.</summary>
    public static Alone Team { get; } = new();

    /// <inheritdoc/>
    int ITeam.Threads => 1;

    /// <inheritdoc/>
    public void Run(int parts, Action<int> body)
    {
        for (int part = 0; part < parts; part++) body(part);
    }
}
