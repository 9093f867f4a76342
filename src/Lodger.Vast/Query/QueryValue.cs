using System.Globalization;
using System.Text.Json;

namespace Lodger.Vast.Query;

/// <summary>A value in a query, in the API's units.</summary>
public abstract record QueryValue
{
    private QueryValue()
    {
    }

    internal abstract void Write(Utf8JsonWriter writer);

    public sealed record Number(decimal Value) : QueryValue
    {
        internal override void Write(Utf8JsonWriter writer) => writer.WriteNumberValue(Value);

        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }

    public sealed record Text(string Value) : QueryValue
    {
        internal override void Write(Utf8JsonWriter writer) => writer.WriteStringValue(Value);

        public override string ToString() => Value;
    }

    public sealed record Flag(bool Value) : QueryValue
    {
        internal override void Write(Utf8JsonWriter writer) => writer.WriteBooleanValue(Value);

        public override string ToString() => Value ? "true" : "false";
    }

    /// <summary>The field has no value.</summary>
    public sealed record None : QueryValue
    {
        internal override void Write(Utf8JsonWriter writer) => writer.WriteNullValue();

        public override string ToString() => "None";
    }

    public sealed record OneOf(IReadOnlyList<QueryValue> Values) : QueryValue
    {
        internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartArray();
            foreach (var value in Values) value.Write(writer);
            writer.WriteEndArray();
        }

        public bool Equals(OneOf? other) => other is not null && Values.SequenceEqual(other.Values);

        public override int GetHashCode() => Values.Aggregate(Values.Count, HashCode.Combine);

        public override string ToString() => $"[{string.Join(',', Values)}]";
    }
}
