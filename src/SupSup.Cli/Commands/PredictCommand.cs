using System.Collections.Immutable;
using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Core.Datasets;
using SupSup.Data.Examples;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup predict`.</summary>
internal sealed class PredictCommand
{
    private const string Input = "-";

    // The share of a task's own examples that are taken for unknown ones.
    private const string UnknownRate = "0.01";
    private const string Outputs = "task,confidence,unknown,probabilities";

    private readonly Argument<string> _model = new("MODEL") { Description = "the model" };
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "pictures, CSV or TSV tables, NumPy arrays; - for stdin",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _task =
        new("--task") { Description = "the task, by name or index (default: it is inferred)", HelpName = "NAME" };

    private readonly Option<int> _top = Validation.Number("--top", "classes told of each example, the likeliest first", 1, 1000, 1);
    private readonly CommonOptions _common;

    private PredictCommand(CommonOptions common) => _common = common;

    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new PredictCommand(common).Make();

    private DocumentedCommand Make()
    {
        DocumentedCommand command = new(
            "predict",
            "tell task and class of pictures and rows",
            """
            A picture is made of the size that the model takes; a table is read by the names of its columns, of which there may be more than
            the model takes, or in their order where it has no names; no cell may be empty. Told are the task with the probability that it
            is right, and the class with that of the class. An input that is less typical than 99 in 100 of what its task learned is
            marked as unlike it. Of several files those that cannot be answered are named on stderr, and the exit code is then 1.
            A silo that runs takes 4096 rows at once (Http:MaxRows). Of a model whose masks live in a reservoir give 16 pictures of one
            task or more, or a table or array of so many rows: its mask is recovered from all of them together.
            """,
            "supsup predict nature rose.jpg oak.png",
            "supsup predict nature rose.jpg --task flowers --top 3",
            "supsup predict people new.csv --json",
            "curl -s https://example.org/rose.jpg | supsup predict nature -")
        {
            _model, _files, _task, _top,
        };
        _common.AddService(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        string model = result.GetValue(_model)!;
        string path = ServedModel.PathOf(model);

        // Before a silo is started: most mistakes are in names of files.
        string[] files = result.GetValue(_files)!;
        if (!files.Any(IsThere)) CheckThere(files[0]);
        await using Service service = await Service.OpenAsync(_common.ReadService(result), create: false, cancellationToken);
        ModelSpec? spec = (await ServedModel.GetAsync<ServedModel>(service, model, "", cancellationToken)).Spec;
        ImmutableArray<TaskSummary> tasks = await ServedModel.TasksAsync(service, model, cancellationToken);
        TaskSummary? task = result.GetValue(_task) is { } named ? ServedModel.Find(tasks, model, named) : null;
        List<Answer> answers = [];
        List<Failure> errors = [];
        string[] pictures = spec is { HasReservoir: true, InputFormat.IsImages: true } && task is null
            ? [.. files.Where(PictureReader.IsPicture)] : [];
        if (pictures.Length > 0)
        {
            foreach (string picture in pictures) CheckThere(picture);
            Inferred inferred = await Named(model, "the pictures", () => service.SendAsync<Inferred>(
                HttpMethod.Post, $"{Service.InferencePathOf(path)}/infer", Batch(pictures, spec!.InputFormat!), cancellationToken));
            answers.AddRange(Answers("", inferred, tasks, result.GetValue(_top), isGiven: false)
                .Select((answer, n) => answer with { File = pictures[n], Row = null }));
        }

        foreach (string file in files.Except(pictures))
        {
            try
            {
                CheckThere(file);
                (string name, byte[] content, string type) = Read(file);
                string query = task is not null ? $"&task={task.Task}" : spec?.HasReservoir == true ? "" : $"&unknown_rate={UnknownRate}";
                Inferred inferred = await Named(model, name, () => service.SendAsync<Inferred>(
                    $"{Service.InferencePathOf(path)}/infer?outputs={Outputs}{query}", content, type, cancellationToken));
                answers.AddRange(Answers(name, inferred, tasks, result.GetValue(_top), task is not null));
            }
            catch (Exception e) when (files.Length > 1
                && e is SupSupException { Error: SupSupError.InvalidRequest } or IOException or UnauthorizedAccessException)
            {
                errors.Add(new(file, e.Message));
                Console.Error.WriteLine($"supsup: {e.Message}");
            }
        }

        if (result.GetValue(_common.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { model, answers, errors }, DemoFiles.Json));
        else
            foreach (Answer answer in answers) Console.Out.WriteLine(answer);
        return errors.Count == 0 ? 0 : UserError.Failed;
    }

    // The silo knows neither the file's name nor by which name the model was asked for.
    private static async Task<T> Named<T>(string model, string name, Func<Task<T>> ask)
    {
        const string Body = "the body";
        try
        {
            return await ask();
        }
        catch (SupSupException e) when (e.Error == SupSupError.InvalidRequest)
        {
            string message = e.Message.Replace("the model takes", $"model {model} takes", StringComparison.Ordinal);
            throw new SupSupException(e.Error, message.Contains(Body, StringComparison.Ordinal)
                ? message.Replace(Body, name, StringComparison.Ordinal)
                : $"{name}: {message}");
        }
    }

    // Of a model with a reservoir the task is found from all pictures together.
    private static object Batch(string[] files, InputFormat format)
    {
        ExampleShape.Pixels shape = new(format.Shape[0], format.Shape[1], format.Shape[2]);
        byte[][] levels = [.. files.Select(file => PictureReader.Read(file, File.ReadAllBytes(file), shape, format.Stretch))];
        return new
        {
            inputs = new[]
            {
                new
                {
                    name = "input",
                    datatype = "UINT8",
                    shape = new[] { files.Length, shape.Length },
                    data = levels.SelectMany(picture => picture.Select(level => (int)level)),
                },
            },
            outputs = Outputs.Split(',').Select(name => new { name }),
        };
    }

    private static IEnumerable<Answer> Answers(string name, Inferred inferred, ImmutableArray<TaskSummary> tasks, int top, bool isGiven)
    {
        int[] found = inferred.Of<int>("task");
        double[] confidence = inferred.Of<double>("confidence");
        bool[] unknown = inferred.Of<bool>("unknown");
        float[] probabilities = inferred.Of<float>("probabilities");
        int columns = probabilities.Length / found.Length;
        for (int row = 0; row < found.Length; row++)
        {
            int index = found[row];
            TaskNames? names = tasks.FirstOrDefault(task => task.Task == index)?.Names;
            Guess[] guesses =
            [
                .. probabilities.AsSpan(row * columns, columns).ToArray().Select((share, label) => (share, label))
                    .OrderByDescending(pair => pair.share).Take(top).Where((pair, n) => n == 0 || pair.share > 0)
                    .Select(pair => new Guess(pair.label, names?.ClassName(pair.label), Math.Round(pair.share, 6))),
            ];
            double? sure = isGiven ? null : Math.Round(confidence[row], 6);
            yield return new Answer(name, found.Length > 1 ? row : null, index, names?.Task, sure, unknown[row], guesses)
            {
                IsOnly = tasks.Length == 1,
            };
        }
    }

    private static bool IsThere(string file) => file == Input || File.Exists(file);

    private static void CheckThere(string file)
    {
        if (file == Input) return;
        if (Directory.Exists(file))
            throw new SupSupException(SupSupError.InvalidRequest, $"{file} is a folder; name its files, as {file.TrimEnd('/')}/*.png");
        if (!IsThere(file)) throw new FileNotFoundException($"there is no file {file}; check the path");
    }

    private static (string Name, byte[] Content) Unpacked(string file, byte[] content)
    {
        using MemoryStream all = new();
        using GZipStream gzip = new(new MemoryStream(content), CompressionMode.Decompress);
        try
        {
            gzip.CopyTo(all);
        }
        catch (InvalidDataException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, $"{file} is not valid gzip ({e.Message.TrimEnd('.')}); pack it again");
        }

        return (file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file, all.ToArray());
    }

    private static (string Name, byte[] Content, string Type) Read(string file)
    {
        byte[] content;
        if (file == Input)
        {
            using MemoryStream all = new();
            using Stream input = Console.OpenStandardInput();
            input.CopyTo(all);
            (file, content) = ("stdin", all.ToArray());
        }
        else
        {
            content = File.ReadAllBytes(file);
        }

        if (content.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) (file, content) = Unpacked(file, content);
        return content.Length > 0
            ? (file, content, Type(file, content))
            : throw new SupSupException(SupSupError.InvalidRequest, $"{file} is empty; give a picture, a table or an array");
    }

    // By what it begins with, since names lie; a table begins with anything.
    private static string Type(string file, ReadOnlySpan<byte> content)
    {
        if (content.Length > 4 && content[1..].StartsWith("PNG"u8)) return "image/png";
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "image/jpeg";
        if (content.StartsWith("RIFF"u8) || content.StartsWith("GIF8"u8)) return "image/webp";

        // A bitmap has zeros there; "BMI,age" has not.
        if (content.Length > 10 && content.StartsWith("BM"u8) && BitConverter.ToInt32(content[6..]) == 0) return "image/webp";
        if (content.Length > 6 && content[1..].StartsWith("NUMPY"u8)) return "application/x-npy";
        if (PictureReader.IsPicture(file))
            throw new SupSupException(SupSupError.InvalidRequest, $"{file} is no picture that can be read; give PNG, JPEG or WebP");
        return Path.GetExtension(file).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? "text/tab-separated-values" : "text/csv";
    }

    /// <summary>What the protocol answers.</summary>
    private sealed record Inferred(IReadOnlyList<Tensor> Outputs)
    {
        public T[] Of<T>(string name) => Outputs.Single(output => output.Name == name).Data.Deserialize<T[]>(Service.Json)!;
    }

    private sealed record Tensor(string Name, JsonElement Data);

    /// <summary>A class and its probability.</summary>
    private sealed record Guess(int Class, string? Name, double Probability)
    {
        public override string ToString() => $"{Name ?? $"class {Class}"} ({100 * Probability:F1} %)";
    }

    /// <summary>A file that is not answered, and why.</summary>
    private sealed record Failure(string File, string Error);

    /// <summary>What is told of one example.</summary>
    private sealed record Answer(
        string File, int? Row, int Task, string? TaskName, double? TaskProbability, bool Unknown, IReadOnlyList<Guess> Classes)
    {
        /// <summary>Whether the model has no other task, so that there is nothing to find.</summary>
        [JsonIgnore]
        public bool IsOnly { get; init; }

        public override string ToString() => $"{File}{(Row is { } row ? $" row {row}" : "")}: "
            + (TaskName ?? (Task < 0 ? "no stored mask recovered" : $"task {Task}"))
            + $"{(TaskProbability is not { } sure ? "" : IsOnly ? " (the only task)" : $" ({100 * sure:F1} %)")}"
            + $", {string.Join(", ", Classes)}"
            + (Unknown ? ", but unlike what it learned" : "");
    }
}
