#!/usr/bin/env dotnet
#:project ../src/SupSup.Client/SupSup.Client.csproj
#:property PublishAot=false

// Learns a table by a silo on this machine, then asks about rows of another: dotnet run samples/table.cs TRAIN TEST [LABEL]
// Both are CSV files that the silo can read too, of columns of numbers and one of labels (by default called label).
using System.Globalization;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

if (args is not [string trainPath, string testPath, .. string[] rest])
{
    Console.Error.WriteLine("usage: dotnet run samples/table.cs TRAIN TEST [LABEL]");
    return 2;
}

string label = rest.FirstOrDefault() ?? "label";
string[][] test = [.. File.ReadLines(testPath).Select(line => line.Split(','))];
int at = Array.IndexOf(test[0], label);

await using SupSupConnection connection = await SupSupConnection.ConnectAsync(new SupSupClientOptions());
ModelSpec spec = new() { Plan = $"{test[0].Length - 1}-300-100-100", Classes = 10, Seed = 1 };
SupSupModel model = await connection.Client.CreateAsync($"table-{Path.GetFileNameWithoutExtension(trainPath)}", spec);
TaskSummary learned = await model.LearnAsync(0, new TrainingOrder
{
    Data = new TaskData { Dataset = $"{Path.GetFullPath(trainPath)}?label={label}" },
    Names = new TaskNames { Task = Path.GetFileNameWithoutExtension(trainPath) },
});
Evaluation held = await model.EvaluateAsync(0);
Console.WriteLine($"learned {learned.Classes} classes in {learned.TrainSeconds:F1} s; {held.Accuracy:P1} of {held.Rows} test rows right");

// A row is normalised as the task's rows were: (number - mean) / deviation, each number by its own.
float[] numbers = [.. test.Skip(1).SelectMany(row => row.Where((_, column) => column != at)
    .Select(text => float.Parse(text, CultureInfo.InvariantCulture)))];
Prediction[] answers = await model.InferAsync(learned.Normalization!.ApplyToNumbers(numbers, test.Length - 1));
foreach ((Prediction answer, string[] row) in answers.Zip(test.Skip(1)).Take(5))
    Console.WriteLine($"{row[at]}: {answer.TaskName}, {answer.ClassName}");
int right = answers.Zip(test.Skip(1)).Count(pair => pair.First.ClassName == pair.Second[at]);
Console.WriteLine($"{right} of {answers.Length} right");
return 0;
