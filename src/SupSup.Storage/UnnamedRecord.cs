using Orleans.Storage;

namespace SupSup.Storage;

/// <summary>
/// Records of earlier releases do not say whose they are. One of another kind that was put in the place of such a record may
/// deserialise none the less, with all fields dropped that the other kind does not have: an empty directory, say, of a task's metadata.
/// It is told by what is lost: the bytes of the record that are not among those of the state when it is serialised again. Of a record of an
/// earlier release none are lost, for a stored field is never taken out.
/// </summary>
internal static class UnnamedRecord
{
    // One in so many may be lost: it allows for another release of the serializer, which may write the heads of fields otherwise.
    private const int LostOneIn = 4;

    /// <summary>What is wrong with it, as the end of a sentence; null when nothing is.</summary>
    /// <param name="serializer">What read it.</param>
    /// <param name="state">What was read.</param>
    /// <param name="record">What it was read from.</param>
    public static string? Problem<T>(IGrainStorageSerializer serializer, T? state, ReadOnlySpan<byte> record)
    {
        Span<int> left = stackalloc int[256];
        foreach (byte value in record) left[value]++;
        foreach (byte value in serializer.Serialize(state).ToMemory().Span) left[value]--;
        int lost = 0;
        foreach (int count in left) lost += Math.Max(0, count);
        return (long)LostOneIn * lost <= record.Length
            ? null
            : $"it is no {typeof(T).Name}, which would lose {lost} of its {record.Length} bytes, but a record of another kind";
    }
}
