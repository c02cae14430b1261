using System.Buffers.Binary;
using System.Text.Json;

namespace SupSup.Cli.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_learned_model_when_exported_then_the_file_has_weights_masks_and_the_definition()
    {
        string model = (await _tool.RunAsync(_tool.Demo(2, "--json"))).Json.GetProperty("model").GetString()!;
        string file = _tool.In("model.safetensors");
        JsonElement exported = (await _tool.RunAsync("models", "export", model, "--out", file, "--json")).Json;
        Assert.Equal(2, exported.GetProperty("tasks").GetInt32());

        byte[] bytes = await File.ReadAllBytesAsync(file, Stop);
        Assert.Equal(bytes.Length, exported.GetProperty("bytes").GetInt64());
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        JsonElement tensors = JsonDocument.Parse(bytes.AsMemory(8, header)).RootElement;
        Assert.Equal("784", tensors.GetProperty("__metadata__").GetProperty("inputs").GetString());
        Assert.Equal("300,100", tensors.GetProperty("__metadata__").GetProperty("hidden").GetString());
        Assert.Equal(
            $"dataset=mnist family=permuted seed=1 index=1", tensors.GetProperty("__metadata__").GetProperty("task1.data").GetString());
        string[] expected = [.. Enumerable.Range(0, 3).Select(l => $"layer{l}.weight"), .. Enumerable.Range(0, 2)
            .SelectMany(t => Enumerable.Range(0, 3).Select(l => $"task{t}.layer{l}.mask"))];
        Assert.Equal(
            expected.Order(), tensors.EnumerateObject().Select(tensor => tensor.Name).Where(name => name != "__metadata__").Order());
        Assert.Equal(
            [300, 784], tensors.GetProperty("task1.layer0.mask").GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        int kept = bytes.AsSpan(8 + header + tensors.GetProperty("task1.layer0.mask").GetProperty("data_offsets")[0].GetInt32(), 300 * 784)
            .Count((byte)1);
        Assert.InRange(kept, 300 * 784 * 0.4, 300 * 784 * 0.6);
    }

    [Fact]
    public async Task Given_no_such_model_when_exported_then_it_is_named_and_no_file_is_left()
    {
        Directory.CreateDirectory(_tool.Store);
        (await _tool.RunAsync("models", "export", "nowhere", "--out", _tool.In("x.safetensors"))).ShouldFail(1, "'nowhere'");
        Assert.Empty(Directory.GetFiles(_tool.Folder));
    }

    [Fact]
    public async Task Given_a_name_of_a_safetensors_file_when_a_task_is_exported_then_it_is_refused_and_no_file_is_left()
    {
        string file = _tool.In("shapes.SafeTensors");
        (await _tool.RunAsync("tasks", "export", "pix", "shapes", "--out", file))
            .ShouldFail(2, file, $"--out {_tool.In("shapes.onnx")}", "supsup models export");
        Assert.Empty(Directory.GetFiles(_tool.Folder));
    }
}
