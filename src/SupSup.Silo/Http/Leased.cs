namespace SupSup.Silo.Http;

/// <summary>A value that was read, and what it holds of the budget of memory until it is done with.</summary>
/// <param name="Value">The value.</param>
/// <param name="Lease">What it holds.</param>
internal sealed record Leased<T>(T Value, ByteBudget.Lease Lease) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Lease.Dispose();
}
