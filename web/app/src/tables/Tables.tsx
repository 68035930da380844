export default function Tables() { return <div className="page"><h1>Tables</h1></div> }
