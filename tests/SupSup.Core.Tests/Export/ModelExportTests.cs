using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using SupSup.Core.Export;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Core.Tests.Export;

[Collection(nameof(ProcessTests))]
public sealed class ModelExportTests : IDisposable
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(37, [19, 11], 13), 4);
    private static readonly int[] Tasks = [0, 7, 3];
    private static readonly Dictionary<string, string> Metadata =
        new() { ["network"] = "37-19-11-13", ["seed"] = "4", ["note"] = "Übung \"1\"" };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Given_a_model_when_exported_then_weights_and_masks_are_read_back_by_name()
    {
        SafetensorsFile file = SafetensorsFile.Parse(Exported());

        Assert.Equal(Metadata, file.Metadata);
        Assert.Equal(3 + 3 * 3, file.Tensors.Count);
        for (int l = 0; l < 3; l++)
        {
            LayerShape shape = Network.Shape.Layers[l];
            AssertTensor(file, $"layer{l}.weight", "F32", shape);
            Assert.Equal(Network.Weights(l).ToArray(), file.Floats($"layer{l}.weight"));
            foreach (int task in Tasks)
            {
                TaskMask mask = Mask(task);
                AssertTensor(file, $"task{task}.layer{l}.mask", "U8", shape);
                byte[] expected =
                    [.. Enumerable.Range(0, shape.Count).Select(n => (byte)(mask[l, n / shape.FanIn, n % shape.FanIn] ? 1 : 0))];
                Assert.Equal(expected, file.Bytes($"task{task}.layer{l}.mask"));
            }
        }
    }

    [Fact]
    public async Task Given_a_network_over_pictures_when_exported_then_windows_and_statistics_are_told_and_read_back()
    {
        FixedNetwork network = new(Plans.Parse("conv4:5-norm-relu-max2-conv6-norm-relu-average/3x8x8-5"), 4);
        ChannelStatistics statistics = ChannelStatistics.Of(RandomData.Floats(20, 3, scale: 2).Select(Math.Abs).ToArray());
        TaskMask mask = new(network.Shape, RandomData.Mask(network.Shape, 1).Bits.ToArray(), statistics);
        using MemoryStream stream = new();
        ModelExport export = new(stream, network, [2], Metadata);
        export.Add(2, mask);
        export.End();

        SafetensorsFile file = SafetensorsFile.Parse(stream.ToArray());
        stream.Position = 0;
        TaskMask read = await ModelExport.ReadMaskAsync(
            await SafetensorsReader.OpenAsync(stream, TestContext.Current.CancellationToken), network, 2,
            TestContext.Current.CancellationToken);

        SafetensorsFile.Tensor Tensor(string name) => file.Tensors.Single(tensor => tensor.Name == name);
        Assert.Equal([4, 3, 5, 5], Tensor("layer0.weight").Shape);
        Assert.Equal([6, 4, 3, 3], Tensor("task2.layer1.mask").Shape);
        Assert.Equal(("F16", 10), (Tensor("task2.mean").Type, Assert.Single(Tensor("task2.variance").Shape)));
        Assert.Equal(mask.Bits.ToArray(), read.Bits.ToArray());
        Assert.Equal(statistics, read.Statistics);
    }

    [Fact]
    public void Given_declared_tasks_when_added_in_another_order_or_not_at_all_then_refused_by_name()
    {
        var export = new ModelExport(new MemoryStream(), Network, Tasks, Metadata);

        var order = Assert.Throws<InvalidOperationException>(() => export.Add(7, Mask(7)));
        export.Add(0, Mask(0));
        export.Add(7, Mask(7));
        var missing = Assert.Throws<InvalidOperationException>(export.End);

        Assert.Contains("task7.layer0.mask", order.Message, StringComparison.Ordinal);
        Assert.Contains("task3.layer0.mask", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_export_when_another_program_recomputes_an_answer_from_it_then_the_logits_agree()
    {
        await File.WriteAllBytesAsync(_folder["model.safetensors"], Exported(), TestContext.Current.CancellationToken);
        float[] image = RandomData.Floats(37, 8, scale: 2);

        foreach (int task in Tasks)
        {
            double[] recomputed = await Recompute(_folder["model.safetensors"], task, image);

            using EffectiveNetwork effective = EffectiveNetwork.Of(Network, Mask(task));
            float[] logits = effective.Logits(image, 1);
            Assert.Equal(logits.Length, recomputed.Length);
            Assert.True(logits.Max(Math.Abs) > 0.1);
            for (int j = 0; j < logits.Length; j++)
                Assert.Equal(recomputed[j], logits[j], 1e-4);
        }
    }

    private static TaskMask Mask(int task) => RandomData.Mask(Network.Shape, 100 + task);

    private static byte[] Exported()
    {
        var stream = new MemoryStream();
        var export = new ModelExport(stream, Network, Tasks, Metadata);
        foreach (int task in Tasks)
            export.Add(task, Mask(task));
        export.End();
        return stream.ToArray();
    }

    private static void AssertTensor(SafetensorsFile file, string name, string type, LayerShape shape)
    {
        SafetensorsFile.Tensor tensor = file.Tensors.Single(tensor => tensor.Name == name);
        Assert.Equal(type, tensor.Type);
        Assert.Equal([shape.Outputs, shape.FanIn], tensor.Shape);
    }

    private static async Task<double[]> Recompute(string model, int task, float[] image)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Export", "recompute.py");
        var start = new ProcessStartInfo("python3", [script, model, $"{task}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process? python = Start(start);
        if (python is null)
            Assert.Skip("python3 is not on the PATH, so nothing else can read the export");

        await python.StandardInput.WriteAsync(JsonSerializer.Serialize(image));
        python.StandardInput.Close();
        Task<string> errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0, await errors);
        return JsonSerializer.Deserialize<double[]>(output)!;
    }

    private static Process? Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
