using System.Security.Cryptography;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Sends the data of a task, part by part.</summary>
/// <param name="grain">The task's data.</param>
/// <param name="name">What messages call the task.</param>
/// <param name="retrier">Makes the calls.</param>
internal sealed class DataSender(ITaskDataGrain grain, string name, Retrier retrier)
{
    /// <summary>Sends one file.</summary>
    /// <param name="data">Its content, read to the end.</param>
    /// <param name="ending">Its ending, as ".zip".</param>
    /// <param name="cancellationToken">Ends the sending; nothing is kept then.</param>
    public async Task<SentData> SendAsync(Stream data, string ending, CancellationToken cancellationToken)
    {
        try
        {
            (int parts, string checksum) = await SendPartsAsync(data, cancellationToken);
            return await retrier.RunAsync(
                $"complete the data of task {name}", token => grain.CompleteAsync(parts, checksum, ending, token), cancellationToken);
        }
        catch (Exception e) when (e is not SupSupException { Error: SupSupError.Unavailable })
        {
            // What was sent would count as the model's data. The error to tell is the first.
            await grain.DiscardDraftAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<(int Parts, string Checksum)> SendPartsAsync(Stream data, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[SentDataLimits.PartBytes];
        int parts = 0;
        for (bool isLast = false; !isLast; parts++)
        {
            int read = await data.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            isLast = read < buffer.Length;
            if (read == 0) break;
            hash.AppendData(buffer, 0, read);
            (int number, byte[] part) = (parts, buffer[..read]);
            await retrier.RunAsync(
                $"send part {number} of the data of task {name}", token => grain.PutPartAsync(number, part, token), cancellationToken);
        }

        return parts > 0
            ? (parts, Convert.ToHexStringLower(hash.GetHashAndReset()))
            : throw new SupSupException(SupSupError.InvalidRequest, $"the data of task {name} are empty; send a file that has some");
    }
}
