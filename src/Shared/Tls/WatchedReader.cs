using System.IO.Pipelines;

namespace SupSup.Shared;

/// <summary>What comes over a connection, and whether anything did.</summary>
/// <param name="inner">Reads it.</param>
internal sealed class WatchedReader(PipeReader inner) : PipeReader
{
    /// <summary>Whether anything was read.</summary>
    public bool HasRead { get; private set; }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Note(await inner.ReadAsync(cancellationToken));

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result)) return false;
        Note(result);
        return true;
    }

    private ReadResult Note(ReadResult result)
    {
        HasRead |= !result.Buffer.IsEmpty;
        return result;
    }

    /// <summary>A connection whose input is watched.</summary>
    /// <param name="Input">Its input.</param>
    /// <param name="Output">Its output.</param>
    internal sealed record Pipe(WatchedReader Input, PipeWriter Output) : IDuplexPipe
    {
        PipeReader IDuplexPipe.Input => Input;
    }
}
