using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Http;
using SupSup.Silo.Management;
using SupSup.Silo.Management.Protocol;
using SupSup.Silo.OpenInference;
using SupSup.Silo.OpenInference.Protocol;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Tests.Http;

public sealed class ByteBudgetTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<RequestMetrics>().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Given_a_full_budget_when_a_small_request_comes_then_it_has_room_and_a_large_one_has_not()
    {
        ByteBudget budget = Budget(64 * MiB);
        using ByteBudget.Lease large = budget.Open("a"), small = budget.Open("b"), late = budget.Open("c");
        large.Cover(56 * MiB);
        small.Cover(MiB);
        SupSupException e = Assert.Throws<SupSupException>(() => late.Cover(MiB + 1));
        Assert.Equal(SupSupError.Unavailable, e.Error);
        Assert.Contains("Limits:RequestMemoryBytes", e.Message, StringComparison.Ordinal);
        Assert.Equal(57 * MiB, budget.Held);
        Assert.Equal(57 * MiB, budget.TakePeak());
        large.Dispose();
        late.Cover(MiB + 1);
        small.Dispose();
        late.Dispose();
        Assert.Equal(0, budget.Held);
        Assert.Equal(57 * MiB, budget.TakePeak());
        Assert.Equal(0, budget.TakePeak());
    }

    // A parser makes the objects before it meets what is wrong behind them.
    [Fact]
    public void Given_a_message_of_many_objects_with_a_broken_end_when_weighed_then_what_is_before_it_counts()
    {
        byte[] empty = new ModelInferRequest
        {
            Inputs = { Enumerable.Range(0, 10_000).Select(_ => new ModelInferRequest.Types.InferInputTensor()) },
        }.ToByteArray();
        long whole = Weigh(empty);
        Assert.True(whole > 10_000 * 100L, $"{whole} bytes");

        // inputs { contents { fp32_contents: a length of -2^31 } }
        byte[] broken = [.. empty, 0x2A, 8, 0x2A, 6, 0x32, 0x80, 0x80, 0x80, 0x80, 0x08];
        Assert.InRange(Weigh(broken), whole, long.MaxValue);

        static long Weigh(byte[] message)
        {
            using MemoryStream stream = new(message);
            return MessageMemory.Of(stream, false, ModelInferRequest.Descriptor, int.MaxValue);
        }
    }

    [Fact]
    public void Given_a_packed_message_that_breaks_off_at_once_when_weighed_then_all_that_is_unpacked_counts()
    {
        using MemoryStream zeros = new(new byte[300_000]), same = new(new byte[300_000]);
        Assert.InRange(MessageMemory.Of(zeros, true, ModelInferRequest.Descriptor, int.MaxValue), 600_000, 700_000);
        Assert.InRange(MessageMemory.Of(same, true, ModelInferRequest.Descriptor, 100_000), 200_000, 300_000);
    }

    [Fact]
    public void Given_a_caller_with_half_of_the_budget_when_it_asks_for_more_then_others_are_served_and_it_is_not()
    {
        ByteBudget budget = Budget(64 * MiB);
        using ByteBudget.Lease first = budget.Open("a"), second = budget.Open("a"), third = budget.Open("a"), other = budget.Open("b");
        first.Cover(20 * MiB);
        second.Cover(12 * MiB);
        Assert.Throws<SupSupException>(() => third.Cover(2 * MiB));
        third.Cover(MiB); // a small one
        other.Cover(20 * MiB);
        Assert.Throws<SupSupException>(() => first.Cover(21 * MiB)); // grown
        Assert.Equal(20 * MiB, first.Bytes);
    }

    [Fact]
    public void Given_callers_that_are_not_told_apart_when_one_asks_then_the_whole_is_its_bound()
    {
        ByteBudget budget = Budget(64 * MiB);
        using ByteBudget.Lease first = budget.Open(null), second = budget.Open(null);
        first.Cover(40 * MiB);
        second.Cover(16 * MiB);
        Assert.Equal(56 * MiB, budget.Held);
    }

    [Fact]
    public void Given_a_request_that_never_fits_when_it_comes_then_it_is_told_to_be_smaller_and_not_to_come_again()
    {
        using ByteBudget.Lease lease = Budget(64 * MiB).Open("a");
        BadHttpRequestException e = Assert.ThrowsAny<BadHttpRequestException>(() => lease.Cover(57 * MiB));
        Assert.Equal(StatusCodes.Status413PayloadTooLarge, e.StatusCode);
        Assert.False(Problems.Of(e).IsPassing);
    }

    [Fact]
    public void Given_no_setting_when_made_then_the_budget_is_a_third_of_what_the_collector_may_use() =>
        Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3, Budget(0).Capacity);

    [Theory]
    [InlineData("""{"inputs":[{"name":"input","datatype":"FP32","shape":[4000,100],"data":[""", "0,", 399_999, "0]}]}")]
    [InlineData("""{"inputs":[{"name":"input","datatype":"FP32","data":[""", "0,", 400_000, """0],"shape":[400001]}]}""")]
    [InlineData("""{"inputs":[{"name":"input","datatype":"UINT8","shape":[4000,2],"data":[""", "[0,1],", 3999, "[0,1]]}]}")]
    public void Given_an_inference_request_when_it_is_read_then_it_takes_no_more_memory_than_it_holds(
        string start, string repeated, int times, string end)
    {
        ByteBudget budget = Budget(256 * MiB);
        byte[] body = Encoding.UTF8.GetBytes(start + string.Concat(Enumerable.Repeat(repeated, times)) + end);
        using ByteBudget.Lease lease = budget.Open(null);
        long taken = Allocated(() => Read(body, lease));
        Assert.InRange(taken, body.Length, lease.Bytes - body.Length);
    }

    [Fact]
    public void Given_a_batch_as_a_line_when_it_is_read_then_it_takes_no_more_memory_than_it_holds()
    {
        foreach (string row in new[] { "[0,1,2,3,4,5,6,7]", "[0]", "[0.25,-0.5]" })
        {
            (string rows, string labels) = (string.Join(',', Enumerable.Repeat(row, 20_000)), string.Join(',', new int[20_000]));
            byte[] line = Encoding.UTF8.GetBytes($$"""{"number":0,"inputs":[{{rows}}],"labels":[{{labels}}]}""");
            long taken = Allocated(() => JsonSerializer.Deserialize<BatchLine>(line, JsonFormat.Options)!.ToBatch());
            Assert.InRange(taken, line.Length, (NdJson.LineWeight - 1) * line.Length);
        }
    }

    [Fact]
    public void Given_an_order_in_json_when_it_is_read_then_it_takes_no_more_memory_than_it_holds()
    {
        string many = string.Join(',', Enumerable.Repeat("\"a\"", 50_000)), numbers = string.Join(',', new int[50_000]);
        byte[] order = Encoding.UTF8.GetBytes($$$"""{"data":null,"names":{"task":"t","classes":[{{{many}}}]}}""");
        Assert.InRange(
            Allocated(() => JsonSerializer.Deserialize<TrainingOrder>(order, JsonFormat.Options)), order.Length,
            RequestBudget.OrderWeight * order.Length);
        byte[] stream = Encoding.UTF8.GetBytes($$$"""{"normalization":{"means":[{{{numbers}}}],"deviations":[{{{numbers}}}]}}""");
        Assert.InRange(
            Allocated(() => JsonSerializer.Deserialize<StreamSpec>(stream, JsonFormat.Options)), stream.Length,
            RequestBudget.OrderWeight * stream.Length);
    }

    public static TheoryData<string> Messages => ["raw", "FP32", "UINT8", "inputs", "parameters", "shape", "outputs", "batch", "unknown"];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Given_a_message_when_it_is_parsed_then_it_takes_no_more_memory_than_was_told_of_its_bytes(string kind)
    {
        IMessage message = kind == "batch"
            ? new LearnRequest
            {
                Batch = new Batch { Inputs = { new float[100_000] }, Labels = { Enumerable.Repeat(1, 100_000) } },
            }
            : Infer(kind);
        byte[] bytes = kind == "unknown"
            ? [.. Enumerable.Repeat<byte[]>([0xa0, 0x06, 1], 20_000).SelectMany(one => one)]
            : message.ToByteArray();
        using MemoryStream stream = new(bytes);
        long told = MessageMemory.Of(stream, false, message.Descriptor, int.MaxValue);
        long taken = Allocated(() => message.Descriptor.Parser.ParseFrom(bytes));
        Assert.InRange(taken, 1, told);
        Assert.True(told < (20 * taken) + 1000, $"{kind}: {told} told, {taken} taken");
    }

    private static ModelInferRequest Infer(string kind) => kind switch
    {
        "raw" => new() { RawInputContents = { ByteString.CopyFrom(new byte[400_000]) } },
        "FP32" => new() { Inputs = { Input(new() { Fp32Contents = { new float[100_000] } }) } },
        "UINT8" => new() { Inputs = { Input(new() { UintContents = { new uint[100_000] } }) } },
        "inputs" => new() { Inputs = { Enumerable.Range(0, 20_000).Select(_ => new ModelInferRequest.Types.InferInputTensor()) } },
        "parameters" => new()
        {
            Parameters = { Enumerable.Range(0, 20_000).ToDictionary(n => $"{n}", _ => new InferParameter { BoolParam = true }) },
        },
        "shape" => new() { Inputs = { new ModelInferRequest.Types.InferInputTensor { Shape = { Enumerable.Repeat(1L, 100_000) } } } },
        "outputs" => new()
        {
            Outputs = { Enumerable.Range(0, 20_000).Select(_ => new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "a" }) },
        },
        _ => new(),
    };

    private static ModelInferRequest.Types.InferInputTensor Input(InferTensorContents contents) =>
        new() { Name = "input", Datatype = "FP32", Shape = { 1, 100_000 }, Contents = contents };

    private static void Read(byte[] body, ByteBudget.Lease lease) => InferRequestReader.Read(body, [], 4096, lease);

    private ByteBudget Budget(long bytes) =>
        new(new LimitSettings { RequestMemoryBytes = bytes }, _services.GetRequiredService<RequestMetrics>());

    // What the garbage collector would count: all that was made, which is no less than what was there at once.
    private static long Allocated(Action work)
    {
        work();
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
