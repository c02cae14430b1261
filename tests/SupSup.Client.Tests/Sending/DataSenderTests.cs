using System.Security.Cryptography;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Sending;

public sealed class DataSenderTests
{
    private readonly UnreliableData _data = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(SentDataLimits.PartBytes), InlineData((2 * SentDataLimits.PartBytes) + 5)]
    public async Task Given_calls_that_fail_when_data_are_sent_then_they_arrive_whole_with_their_checksum(int bytes)
    {
        byte[] content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        SentData sent = await SendAsync(new MemoryStream(content));
        Assert.Equal(content, _data.Complete);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), sent.Checksum);
        Assert.Equal(".zip", sent.Ending);
    }

    [Fact]
    public async Task Given_no_bytes_when_data_are_sent_then_they_are_refused()
    {
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(() => SendAsync(new MemoryStream()));
        Assert.Equal(SupSupError.InvalidRequest, error.Error);
        Assert.Equal("the data of task m/0 are empty; send a file that has some", error.Message);
    }

    [Fact]
    public async Task Given_a_file_that_cannot_be_read_to_its_end_when_it_is_sent_then_nothing_of_it_is_kept_and_the_first_error_told()
    {
        IOException error = await Assert.ThrowsAsync<IOException>(() => SendAsync(new BrokenStream(SentDataLimits.PartBytes + 1)));
        Assert.Equal("the disk is gone", error.Message);
        Assert.Equal((1, 0), (_data.Sent, _data.Draft.Count));
    }

    [Theory, InlineData("flowers.tar.gz", ".tar.gz"), InlineData("FLOWERS.ZIP", ".zip"), InlineData(".csv", ".csv")]
    public void Given_a_file_when_its_name_is_read_then_its_ending_is_known(string file, string ending) =>
        Assert.Equal(ending, SentDataLimits.EndingOf(file));

    [Fact]
    public void Given_a_file_that_cannot_be_sent_when_its_name_is_read_then_it_is_told_what_can()
    {
        SupSupException error = Assert.Throws<SupSupException>(() => SentDataLimits.EndingOf("notes.docx"));
        Assert.Equal(SupSupError.InvalidRequest, error.Error);
        Assert.StartsWith("notes.docx is no file that can be sent; send one of .tar.gz, ", error.Message, StringComparison.Ordinal);
    }

    private Task<SentData> SendAsync(Stream content)
    {
        Retrier retrier = new(new RetryOptions { FirstDelay = TimeSpan.FromMilliseconds(1) });
        return new DataSender(_data, "m/0", retrier).SendAsync(content, ".zip", Stop);
    }

    /// <summary>Data of a task; every other call fails before it did its work, or after.</summary>
    private sealed class UnreliableData : ITaskDataGrain
    {
        private int _calls;

        public SortedDictionary<int, byte[]> Draft { get; } = [];

        public byte[] Complete { get; private set; } = [];

        /// <summary>How many parts came.</summary>
        public int Sent { get; private set; }

        public Task<SentPart> PutPartAsync(int number, byte[] content, CancellationToken cancellationToken) => CallAsync(() =>
        {
            Sent += Draft.ContainsKey(number) ? 0 : 1;
            Draft[number] = content;
            return new SentPart("", content.Length);
        });

        public Task<SentData> CompleteAsync(int parts, string checksum, string ending, CancellationToken cancellationToken) =>
            CallAsync(() =>
            {
                if (Draft.Count > 0) Complete = [.. Enumerable.Range(0, parts).SelectMany(number => Draft[number])];
                Draft.Clear();
                return new SentData { Dataset = "upload:m/0", Ending = ending, Bytes = Complete.Length, Checksum = checksum };
            });

        public Task DiscardDraftAsync(CancellationToken cancellationToken)
        {
            Draft.Clear();
            return Task.FromException(new TimeoutException("the answer was lost"));
        }

        public Task<SentData?> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        private async Task<T> CallAsync<T>(Func<T> work)
        {
            await Task.Yield();
            int call = _calls++;
            if (call % 3 == 0) throw new TimeoutException("lost on the way");
            T answer = work();
            return call % 3 == 1 ? throw new TimeoutException("the answer was lost") : answer;
        }
    }

    /// <summary>Fails when so many bytes were read.</summary>
    private sealed class BrokenStream(int bytes) : MemoryStream(new byte[bytes])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 ? read : throw new IOException("the disk is gone");
        }
    }
}
