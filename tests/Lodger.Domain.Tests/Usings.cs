// xunit has a Record of its own.
global using Record = Lodger.Domain.Reconcile.Record;
