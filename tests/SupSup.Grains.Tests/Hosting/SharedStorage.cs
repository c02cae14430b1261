using System.Collections.Concurrent;
using Orleans.Serialization;
using Orleans.Storage;

namespace SupSup.Grains.Tests.Hosting;

/// <summary>Grain storage in memory that outlives each silo of a cluster in this process.</summary>
internal sealed class SharedStorage
{
    private readonly ConcurrentDictionary<string, (byte[] State, string ETag)> _records = new();
    private readonly ConcurrentDictionary<string, int> _writes = new();
    private readonly ConcurrentDictionary<string, Task> _held = new();

    /// <summary>Whether there is a record.</summary>
    public bool Holds(string stateName, string grainType, string key) =>
        _records.ContainsKey(Name(stateName, GrainId.Create(grainType, key)));

    /// <summary>The content of a record; empty where there is none.</summary>
    public byte[] Bytes(string stateName, string grainType, string key) =>
        _records.GetValueOrDefault(Name(stateName, GrainId.Create(grainType, key)), ([], "")).State;

    /// <summary>After how many writes more the store fails; null for never.</summary>
    public int? WritesLeft { get; set; }

    /// <summary>How many records of a state name there are.</summary>
    public int Count(string stateName) => _records.Keys.Count(name => name.StartsWith($"{stateName}-", StringComparison.Ordinal));

    /// <summary>How many writes records of a state name have had.</summary>
    public int Writes(string stateName) => _writes.GetValueOrDefault(stateName);

    /// <summary>Has operations on a state name wait.</summary>
    public void Hold(string stateName, Task until) => _held[stateName] = until;

    /// <summary>The storage as one silo sees it.</summary>
    public IGrainStorage Of(Serializer serializer) => new View(this, serializer);

    private static string Name(string stateName, GrainId grain) => $"{stateName}-{grain}";

    private sealed class View(SharedStorage shared, Serializer serializer) : IGrainStorage
    {
        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await HeldAsync(stateName);
            grainState.RecordExists = shared._records.TryGetValue(Name(stateName, grainId), out (byte[] State, string ETag) record);
            grainState.State = grainState.RecordExists ? serializer.Deserialize<T>(record.State) : Activator.CreateInstance<T>();
            grainState.ETag = record.ETag;
        }

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await HeldAsync(stateName);
            if (shared.WritesLeft is 0) throw new IOException("the store fails");
            shared.WritesLeft--;
            shared._writes.AddOrUpdate(stateName, 1, (_, writes) => writes + 1);
            string name = Name(stateName, grainId);
            (byte[] State, string ETag) next = (serializer.SerializeToArray(grainState.State), Guid.NewGuid().ToString());
            bool isWritten = grainState.ETag is null
                ? shared._records.TryAdd(name, next)
                : shared._records.TryGetValue(name, out (byte[] State, string ETag) known) && known.ETag == grainState.ETag
                    && shared._records.TryUpdate(name, next, known);
            if (!isWritten) throw new InconsistentStateException($"{name} is not at {grainState.ETag}");
            (grainState.ETag, grainState.RecordExists) = (next.ETag, true);
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            shared._records.TryRemove(Name(stateName, grainId), out _);
            (grainState.ETag, grainState.RecordExists, grainState.State) = (null, false, Activator.CreateInstance<T>());
            return Task.CompletedTask;
        }

        private Task HeldAsync(string stateName) => shared._held.GetValueOrDefault(stateName, Task.CompletedTask);
    }
}
